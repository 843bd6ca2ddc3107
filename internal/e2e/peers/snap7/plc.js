// A controller made of Snap7's server: node plc.js PORT. It has DB1 (256 bytes),
// DB2 (4096), flags, inputs, outputs, timers and counters, says "listening" and serves until it
// is killed.
const snap7 = require('node-snap7');

const s = new snap7.S7Server();
s.SetParam(s.LocalPort, Number(process.argv[2]));
const area = (code, size, index) => {
  const ok = index === undefined ? s.RegisterArea(code, Buffer.alloc(size)) : s.RegisterArea(code, index, Buffer.alloc(size));
  if (!ok) throw new Error(s.ErrorText(s.LastError()));
};
area(s.srvAreaDB, 256, 1);
area(s.srvAreaDB, 4096, 2);
area(s.srvAreaMK, 128);
area(s.srvAreaPE, 128);
area(s.srvAreaPA, 128);
area(s.srvAreaTM, 128);
area(s.srvAreaCT, 128);
if (!s.StartTo('127.0.0.1')) throw new Error(s.ErrorText(s.LastError()));
console.log('listening');
setInterval(() => {}, 1000);
