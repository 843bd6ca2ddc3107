// Package symbol reads what engineers export from STEP 7 and the TIA Portal, symbol
// tables and the sources of data blocks and data types, and names with it what a
// capture shows by address: DB123.DBD22 is MotorData.Position1.xAxis.
//
// Offsets are those of standard access. In a data block with optimised access the
// controller decides where things lie, and addresses do not apply.
package symbol
