// rows.mjs FILE prints the rows of a Parquet file as JSON lines: null where there is no
// value, integers in decimal, bytes in base64.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const plain = (_, v) => typeof v === 'bigint' ? Number(v) : v
for (const row of await parquetReadObjects({ file, compressors, utf8: false })) {
  for (const [name, v] of Object.entries(row)) {
    if (v instanceof Uint8Array) row[name] = Buffer.from(v).toString('base64')
    if (v instanceof Date) row[name] = v.toISOString()
  }
  console.log(JSON.stringify(row, plain))
}
