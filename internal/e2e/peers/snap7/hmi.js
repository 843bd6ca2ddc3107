// A client made of Snap7's: node hmi.js PORT. It plays everything that a panel and an
// engineering station do and says what it did, one JSON object a line:
//
//	{"do": "write", "address": "DB1.DBD4", "type": "REAL", "bytes": "41480000", "error": 0}
//
// error is Snap7's number, 0 when all went well.
const snap7 = require('node-snap7');

const c = new snap7.S7Client();
c.SetParam(c.RemotePort, Number(process.argv[2]));

const say = (what) => console.log(JSON.stringify(what));
// did runs one call, which gives false or throws when it fails.
const did = (what, call) => {
  let result = false;
  try {
    result = call();
  } catch (e) {
    what.thrown = String(e);
  }
  what.error = result === false ? c.LastError() || -1 : 0;
  if (Buffer.isBuffer(result)) what.bytes = result.toString('hex');
  else if (typeof result === 'object' || typeof result === 'string') what.result = result;
  say(what);
  return result;
};

did({do: 'connect'}, () => c.ConnectTo('127.0.0.1', 0, 2));
say({do: 'pdu', requested: c.PDURequested(), length: c.PDULength()});

const DB = c.S7AreaDB, M = c.S7AreaMK, Q = c.S7AreaPA, T = c.S7AreaTM, C = c.S7AreaCT;
const {S7WLBit: BIT, S7WLByte: BYTE, S7WLWord: WORD, S7WLDWord: DWORD, S7WLReal: REAL, S7WLCounter: COUNTER, S7WLTimer: TIMER} = c;

// Everything that is written, and read back: address, area, number of the block,
// start (of bits the bit), length code, amount, bytes.
const values = [
  ['DB1.DBX2.3', DB, 1, 2 * 8 + 3, BIT, 1, '01'],
  ['DB1.DBB3', DB, 1, 3, BYTE, 1, 'a5'],
  ['DB1.DBD4', DB, 1, 4, REAL, 1, '41480000'],
  ['DB1.DBW14', DB, 1, 14, WORD, 1, 'beef'],
  ['DB1.DBD16', DB, 1, 16, DWORD, 1, 'deadbeef'],
  ['P#DB1.DBX30.0', DB, 1, 30, BYTE, 12, '0a0548616c6c6f0000000000'],
  ['P#DB1.DBX50.0', DB, 1, 50, REAL, 3, '3f8000004000000040400000'],
  ['MB10', M, 0, 10, BYTE, 1, '7f'],
  ['MW20', M, 0, 20, WORD, 1, '1234'],
  ['Q4.1', Q, 0, 4 * 8 + 1, BIT, 1, '01'],
  ['T5', T, 0, 5, TIMER, 1, '0123'],
  ['C3', C, 0, 3, COUNTER, 1, '0042'],
];
for (const [address, area, db, start, length, amount, hex] of values) {
  did({do: 'write', address, written: hex}, () => c.WriteArea(area, db, start, amount, length, Buffer.from(hex, 'hex')));
  did({do: 'read', address, written: hex}, () => c.ReadArea(area, db, start, amount, length));
}

// More than fits one answer: Snap7 cuts it into several jobs.
did({do: 'read all of DB2'}, () => c.DBRead(2, 0, 2048));

// Several variables in one job; one of them does not exist.
did({do: 'read several'}, () => c.ReadMultiVars([
  {Area: DB, WordLen: BYTE, DBNumber: 1, Start: 3, Amount: 1},
  {Area: M, WordLen: BYTE, DBNumber: 0, Start: 10, Amount: 1},
  {Area: DB, WordLen: BYTE, DBNumber: 7, Start: 0, Amount: 4},
  {Area: DB, WordLen: BYTE, DBNumber: 1, Start: 4, Amount: 4},
]).map((x) => ({Result: x.Result, Data: x.Data && x.Data.toString('hex')})));
did({do: 'write several'}, () => c.WriteMultiVars([
  {Area: DB, WordLen: BYTE, DBNumber: 1, Start: 100, Amount: 3, Data: Buffer.from('010203', 'hex')},
  {Area: M, WordLen: BYTE, DBNumber: 0, Start: 60, Amount: 2, Data: Buffer.from('0405', 'hex')},
]));

// What is not there.
did({do: 'read a missing block'}, () => c.DBRead(99, 0, 4));
did({do: 'write a missing block'}, () => c.DBWrite(99, 0, 2, Buffer.from('0102', 'hex')));
did({do: 'read beyond the end'}, () => c.DBRead(1, 250, 20));

// A poll.
for (let i = 0; i < 10; i++) {
  did({do: 'poll'}, () => c.DBRead(1, 4, 4));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
}

// Who the controller is.
did({do: 'order code'}, () => c.GetOrderCode());
did({do: 'CPU info'}, () => c.GetCpuInfo());
did({do: 'CP info'}, () => c.GetCpInfo());
did({do: 'SZL list'}, () => c.ReadSZLList());
for (const [id, index] of [[0x0011, 0], [0x001c, 0], [0x0424, 0], [0x0232, 4], [0x00a0, 0], [0x0131, 1], [0x0132, 4], [0x0f7f, 0]]) {
  did({do: 'SZL', id, index}, () => c.ReadSZL(id, index));
}
did({do: 'protection'}, () => c.GetProtection());
did({do: 'status'}, () => c.PlcStatus());

// The clock.
did({do: 'clock'}, () => c.GetPlcDateTime());
did({do: 'set clock'}, () => c.SetPlcDateTime(new Date(2026, 0, 31, 12, 34, 56)));

// Blocks.
did({do: 'list blocks'}, () => c.ListBlocks());
did({do: 'list data blocks'}, () => c.ListBlocksOfType(c.Block_DB));
did({do: 'block info'}, () => c.GetAgBlockInfo(c.Block_DB, 1));
did({do: 'missing block info'}, () => c.GetAgBlockInfo(c.Block_DB, 99));
did({do: 'full upload'}, () => c.FullUpload(c.Block_DB, 1, 4096));
did({do: 'delete'}, () => c.Delete(c.Block_DB, 1));

// Log in and out, stop and start, memory.
did({do: 'password'}, () => c.SetSessionPassword('gEheim12'));
did({do: 'drop password'}, () => c.ClearSessionPassword());
did({do: 'stop'}, () => c.PlcStop());
did({do: 'status'}, () => c.PlcStatus());
did({do: 'hot start'}, () => c.PlcHotStart());
did({do: 'stop'}, () => c.PlcStop());
did({do: 'cold start'}, () => c.PlcColdStart());
did({do: 'status'}, () => c.PlcStatus());
did({do: 'compress'}, () => c.Compress(1000));
did({do: 'copy RAM to ROM'}, () => c.CopyRamToRom(1000));
did({do: 'disconnect'}, () => c.Disconnect());
