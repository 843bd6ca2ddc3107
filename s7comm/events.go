package s7comm

// eventNames says in words what the common events are.
var eventNames = map[EventID]string{
	// Start of organisation blocks.
	0x1381: "request for a manual restart", 0x1382: "request for an automatic restart", 0x1383: "request for a manual hot restart",
	0x1384: "request for an automatic hot restart", 0x1385: "request for a manual cold restart", 0x1386: "request for an automatic cold restart",

	// Errors of the program.
	0x2521: "BCD number invalid", 0x2522: "address beyond the area when reading", 0x2523: "address beyond the area when writing",
	0x2524: "address in no area when reading", 0x2525: "address in no area when writing", 0x2526: "timer number invalid",
	0x2527: "counter number invalid", 0x2528: "address not aligned when reading", 0x2529: "address not aligned when writing",
	0x2530: "write access to a protected global data block", 0x2531: "write access to a protected instance data block",
	0x2532: "number of the global data block invalid", 0x2533: "number of the instance data block invalid", 0x2534: "number of the FC invalid",
	0x2535: "number of the FB invalid", 0x253A: "data block not loaded", 0x253C: "FC not loaded", 0x253D: "system function not loaded",
	0x253E: "FB not loaded", 0x253F: "system function block not loaded",
	0x2942: "I/O access failed when reading", 0x2943: "I/O access failed when writing",

	// Errors that come by themselves.
	0x3501: "cycle time exceeded", 0x3502: "request for an interrupt OB that is still busy", 0x3505: "time-of-day interrupts missed: clock set forward",
	0x3506: "time-of-day interrupts missed: back in RUN", 0x3507: "several requests for OBs at once", 0x3508: "synchronous cycle interrupt exceeded its time",
	0x3509: "interrupt lost: too many at once", 0x350A: "back in RUN after a change of the configuration",
	0x3571: "nesting of blocks too deep", 0x3572: "nesting of master control relays too deep", 0x3573: "nesting of synchronous errors too deep",
	0x3574: "stack of blocks overflowed", 0x3575: "stack of blocks underflowed", 0x3576: "local data stack too small", 0x3578: "operation code unknown",
	0x357A: "jump leaves the block", 0x35A1: "OB or FB is missing in an error", 0x35A2: "OB not loaded or not possible, called by system software",
	0x35A3: "block that the system software needs is missing", 0x35A4: "PROFINET interface data block not addressable", 0x34A4: "PROFINET interface data block addressable again",
	0x3821: "backup battery of the central rack is empty", 0x3921: "backup battery failed in the central rack", 0x3822: "backup voltage of the central rack returned", 0x3922: "backup voltage of the central rack missing",
	0x3823: "24 V supply of the central rack returned", 0x3923: "24 V supply of the central rack failed",
	0x3842: "module works again", 0x3942: "module faulty", 0x3861: "module or interface plugged in, type as expected", 0x3961: "module or interface pulled or not answering",
	0x3863: "module plugged in, but the type is wrong", 0x3864: "module plugged in, but it is faulty", 0x3865: "module plugged in, but its parameters are wrong",
	0x3866: "module can be addressed again, voltage fault gone", 0x3966: "module cannot be addressed, voltage fault",
	0x38C4: "DP station works again", 0x39C4: "DP station failed", 0x38C5: "DP station works again, but it is faulty", 0x39C3: "DP master system failed",
	0x38CB: "PROFINET station works again", 0x39CB: "PROFINET station failed", 0x38CA: "PROFINET system works again", 0x39CA: "PROFINET system failed",

	// Changes of the operating mode.
	0x4300: "power on with backup", 0x4301: "STOP to start-up", 0x4302: "start-up to RUN", 0x4303: "STOP by the mode switch",
	0x4304: "STOP by the programming device, communication or SFB 20", 0x4305: "HOLD at a breakpoint", 0x4306: "HOLD left at a breakpoint",
	0x4307: "memory reset begun by the programming device", 0x4308: "memory reset begun by the mode switch", 0x4309: "memory reset begun by itself (no backup)",
	0x430A: "HOLD left, STOP", 0x430D: "STOP by another CPU", 0x430E: "memory reset done", 0x430F: "STOP on the module by a stopped CPU",
	0x4318: "change of configuration in RUN begun", 0x4319: "change of configuration in RUN done",
	0x4357: "module watchdog started", 0x4358: "all modules are ready",
	0x4510: "STOP because data of the CPU are wrong", 0x4520: "STOP: CPU defective", 0x4521: "CPU defective", 0x4522: "CPU defective",
	0x4523: "CPU defective", 0x4524: "CPU defective", 0x4525: "CPU defective", 0x4526: "CPU defective", 0x4527: "CPU defective", 0x4528: "CPU defective",
	0x4529: "CPU defective", 0x4530: "power-up test failed in a memory", 0x4531: "checksum of the user program wrong", 0x4532: "work memory too small",
	0x4533: "load memory too small", 0x4541: "STOP by the priority class system", 0x4542: "STOP by the object manager", 0x4543: "STOP by test functions",
	0x4544: "STOP by diagnostics", 0x4545: "STOP by communication", 0x4546: "STOP by the memory manager of the CPU", 0x4547: "STOP by the process image",
	0x4548: "STOP by I/O management", 0x454A: "STOP by configuration: an OB was deselected in STEP 7",
	0x4550: "STOP: memory of the CPU faulty", 0x4555: "no restart possible: monitoring time exceeded", 0x4556: "STOP: memory reset requested by the system",
	0x4562: "STOP by a program error", 0x4563: "STOP by an I/O access error", 0x4567: "STOP by an H event", 0x4568: "STOP by a time error",
	0x456A: "STOP by a diagnostic interrupt", 0x456B: "STOP by module removal or insertion", 0x456C: "STOP by a CPU hardware error",
	0x456D: "STOP by a program sequence error", 0x456E: "STOP by a communication error", 0x456F: "STOP by a rack failure", 0x4570: "STOP by a process interrupt",
	0x4571: "STOP: nesting too deep", 0x4572: "STOP: nesting of master control relays", 0x4573: "STOP: nesting of synchronous errors",
	0x4574: "STOP: stack of interrupts overflowed", 0x4575: "STOP: stack of blocks overflowed", 0x4576: "STOP: local data stack overflowed",
	0x4578: "STOP: operation code unknown", 0x457A: "STOP: code too long", 0x457B: "STOP by DB not loaded on jump", 0x457F: "STOP by the STOP instruction",
	0x4580: "STOP: backup buffer inconsistent, no change to RUN", 0x4590: "STOP: internal functions overloaded",
	0x494D: "STOP by an I/O fault", 0x494E: "STOP by a power failure", 0x494F: "STOP by a configuration error",
	0x4926: "STOP: watchdog of the module", 0x4931: "STOP: memory card evaluation", 0x4935: "STOP: module pulled or missing", 0x4936: "STOP: module removed",

	// What is noticed while running.
	0x510F: "problem with access to the system in redundancy", 0x5144: "change to RUN", 0x5371: "distributed I/O: synchronised with a DP master",
	0x5380: "diagnostic buffer entries disabled", 0x5395: "distributed I/O: DP master reset", 0x558A: "type of the plugged module differs, start in spite of it",
	0x5961: "parameter assignment error", 0x5969: "parameter assignment error of the start-up", 0x5979: "diagnostic message of the DP interface, LED on",
	0x5879: "diagnostic message of the DP interface, LED off",
	0x6500: "identifier of a connection is there twice", 0x6501: "connection resources too few", 0x6514: "GD interface: resource bottleneck", 0x6522: "GD interface: loss",

	// Diagnostics of modules; the flags are masked.
	0x8000: "module faulty or in order", 0x8001: "internal fault of the module", 0x8002: "external fault of the module", 0x8003: "channel fault",
	0x8004: "external auxiliary supply missing", 0x8005: "front connector missing", 0x8006: "module has no parameters", 0x8007: "parameters of the module wrong",
	0x8030: "user submodule missing or wrong", 0x8031: "communication fault of the module", 0x8032: "operating mode of the module (STOP)", 0x8033: "watchdog of the module",
	0x8034: "internal voltage of the module failed", 0x8035: "battery of the module empty", 0x8036: "buffering of the module failed",
	0x8040: "expansion rack failed", 0x8041: "processor of the module failed", 0x8042: "EPROM of the module wrong", 0x8043: "RAM of the module wrong",
	0x8044: "converter of the module wrong", 0x8045: "fuse of the module blown", 0x8046: "process interrupt of the module lost",
	0x8050: "configuration error of a channel", 0x8051: "common mode error of a channel", 0x8052: "short circuit to P", 0x8053: "short circuit to M",
	0x8054: "wire break of an output", 0x8055: "wire break", 0x8056: "reference channel error", 0x8057: "below the measuring range", 0x8058: "above the measuring range",

	0x9001: "automatic mode", 0x9101: "OPEN/CLOSE, ON/OFF", 0x9102: "manual command enabled", 0x9103: "unit protective command", 0x9104: "process enabled", 0x9105: "system protection command",
	0x9106: "process value monitoring responded", 0x9107: "manipulated variable monitoring responded", 0x9108: "system deviation too large", 0x9109: "limit position error", 0x910A: "run-time error",
	0x910B: "command execution error", 0x910C: "operating state above OPEN", 0x910D: "command or response blocked", 0x9110: "limit value exceeded", 0x9111: "limit value below", 0x9130: "process-dependent",
}
