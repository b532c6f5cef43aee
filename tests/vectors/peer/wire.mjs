// Protobuf's wire format, as strictly as RemoteLog reads what is signed: shortest numbers only, no groups.

export class Refused extends Error {}

export function refuse(reason) {
  throw new Refused(reason);
}

/** The fields of a message, in order: { number, value }, where value is a BigInt, or a Buffer for anything with a length. */
export function fieldsOf(bytes) {
  const fields = [];
  let at = 0;

  function varint() {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      if (at === bytes.length) refuse('cut short');
      const next = bytes[at++];
      if (next === 0 && shift > 0n) refuse('overlong number');
      value |= BigInt(next & 0x7f) << shift;
      if (value >= 1n << 64n) refuse('number of more than 64 bits');
      if (next < 0x80) return value;
    }
    return refuse('number of more than ten bytes');
  }

  function take(length) {
    if (length > BigInt(bytes.length - at)) refuse('shorter than its length');
    at += Number(length);
    return bytes.subarray(at - Number(length), at);
  }

  while (at < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    if (number === 0 || number >= 1 << 29) refuse(`field ${number}`);
    switch (Number(tag & 7n)) {
      case 0: fields.push({ number, value: varint() }); break;
      case 1: take(8n); fields.push({ number, value: null }); break;
      case 2: fields.push({ number, value: take(varint()) }); break;
      case 5: take(4n); fields.push({ number, value: null }); break;
      default: refuse('a group or an unknown wire type');
    }
  }
  return fields;
}

/**
 * Reads a message by its schema { number: [name, convert, 'repeated'?] }. A singular field may come only once, and a field outside the schema
 * only from skipFrom up; with { lenient: true } the last of several counts and unknown fields are skipped, as protobuf readers do.
 */
export function read(bytes, schema, { skipFrom = Infinity, lenient = false } = {}) {
  const message = {};
  for (const [name, , repeated] of Object.values(schema)) if (repeated) message[name] = [];
  for (const { number, value } of fieldsOf(bytes)) {
    if (!(number in schema)) {
      if (number < skipFrom && !lenient) refuse(`unknown field ${number}`);
      continue;
    }
    const [name, convert, repeated] = schema[number];
    if (repeated) message[name].push(convert(value));
    else if (name in message && !lenient) refuse(`${name} twice`);
    else message[name] = convert(value);
  }
  return message;
}

export const bytes = value => Buffer.isBuffer(value) ? value : refuse('not bytes');

export const number = value => typeof value === 'bigint' && value < 1n << 63n ? value : refuse('not a number of 63 bits');

/** int64: negative numbers are written as their two's complement. */
export const signed = value => typeof value === 'bigint' ? BigInt.asIntN(64, value) : refuse('not a number');

const lastMillisecond = 253402300799999n;

export const time = value => signed(value) >= 0n && signed(value) <= lastMillisecond ? signed(value) : refuse('not unix milliseconds up to the year 9999');

export const flag = value => typeof value === 'bigint' ? value !== 0n : refuse('not a number');

export function text(value) {
  if (bytes(value).length > 64 || value.some(byte => byte > 0x7f)) refuse('not up to 64 letters of ASCII');
  return value.toString('latin1');
}

export const exactly = length => value => bytes(value).length === length ? value : refuse(`not ${length} bytes`);

/** A field as it is written, tag included; nothing for what proto3 leaves out. */
export function field(number, value) {
  if (Buffer.isBuffer(value)) return value.length === 0 ? value : embedded(number, value);
  if (typeof value === 'string') return field(number, Buffer.from(value, 'latin1'));
  return value === 0n ? Buffer.alloc(0) : Buffer.concat([varintOf(BigInt(number) << 3n), varintOf(BigInt.asUintN(64, value))]);
}

/** A message inside another, or one of several: written even when empty. */
export function embedded(number, value) {
  return Buffer.concat([varintOf((BigInt(number) << 3n) | 2n), varintOf(BigInt(value.length)), value]);
}

function varintOf(value) {
  const written = [];
  for (; value >= 0x80n; value >>= 7n) written.push(Number(value & 0x7fn) | 0x80);
  return Buffer.from([...written, Number(value)]);
}
