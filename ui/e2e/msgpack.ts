/** As much of MessagePack as a v0.4 payload needs. bigint is written as uint64. */
export type Value = string | number | bigint | Value[] | { [key: string]: Value };

/** Encodes one value. */
export function encode(value: Value): Uint8Array {
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function head(parts: Buffer[], code: number, n: number, bytes: 1 | 2 | 4 | 8) {
  const b = Buffer.alloc(1 + bytes);
  b[0] = code;
  if (bytes === 1) b.writeUInt8(n, 1);
  else if (bytes === 2) b.writeUInt16BE(n, 1);
  else if (bytes === 4) b.writeUInt32BE(n, 1);
  parts.push(b);
}

function write(value: Value, parts: Buffer[]) {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    if (bytes.length < 32) parts.push(Buffer.from([0xa0 | bytes.length]));
    else head(parts, 0xdb, bytes.length, 4);
    parts.push(bytes);
  } else if (typeof value === 'bigint') {
    const b = Buffer.alloc(9);
    b[0] = 0xcf;
    b.writeBigUInt64BE(value, 1);
    parts.push(b);
  } else if (typeof value === 'number') {
    const b = Buffer.alloc(9);
    b[0] = 0xcb;
    b.writeDoubleBE(value, 1);
    parts.push(b);
  } else if (Array.isArray(value)) {
    head(parts, 0xdd, value.length, 4);
    for (const v of value) write(v, parts);
  } else {
    const entries = Object.entries(value);
    head(parts, 0xdf, entries.length, 4);
    for (const [k, v] of entries) {
      write(k, parts);
      write(v, parts);
    }
  }
}
