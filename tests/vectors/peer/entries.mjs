// Entry headers, segments and pages: read strictly, and written again.
import { addressOf, nextLink, sha256 } from './names.mjs';
import { bytes, embedded, exactly, field, number, read, refuse, text, time } from './wire.mjs';

const digest = exactly(32);
const empty = Buffer.alloc(0);

export function headerOf(serialized) {
  if (serialized.length > 16384) refuse('header too long');
  const schema = { 1: ['id', bytes], 2: ['expiresAt', time], 3: ['parents', bytes, 'repeated'] };
  return { id: empty, expiresAt: 0n, ...read(serialized, schema, { lenient: true }) };
}

export function writeHeader({ id, expiresAt, parents }) {
  return Buffer.concat([field(1, id), field(2, expiresAt), ...parents.map(parent => embedded(3, parent))]);
}

/** Digests of header and data, and the entry's id; refuses an address that is not the digest's. */
function digested(entry) {
  entry.header ??= empty;
  const { id } = headerOf(entry.header);
  if (entry.address) {
    const { kind, hash } = addressOf(entry.address);
    if (kind === 'sha256' && !hash.equals(entry.digest)) refuse('an address of other content');
  }
  if (!entry.digest) entry.data ??= empty;
  entry.dataDigest = entry.digest ?? sha256(entry.data);
  entry.headerDigest = sha256(entry.header);
  entry.id = id.length > 0 ? id : entry.dataDigest;
  return entry;
}

export const linkAfter = (before, entries) => entries.reduce((link, entry) => nextLink(link, entry.headerDigest, entry.dataDigest), before);

function segmentEntry(value) {
  const entry = read(bytes(value), { 1: ['header', bytes], 2: ['data', bytes], 3: ['address', bytes], 4: ['digest', digest], 5: ['size', number] });
  if (entry.address ? entry.data || !entry.digest : entry.digest || 'size' in entry) refuse('data and address exclude each other');
  return digested(entry);
}

export function segmentOf(serialized) {
  const segment = read(serialized, {
    1: ['owner', text], 2: ['topic', text], 3: ['first', number], 4: ['entries', segmentEntry, 'repeated'], 5: ['signature', exactly(64)],
  });
  if (segment.entries.length === 0) refuse('no entries');
  if (!segment.first) refuse('first is 0');
  if (segment.owner === undefined || segment.topic === undefined || !segment.signature) refuse('a field missing');
  segment.last = segment.first + BigInt(segment.entries.length) - 1n;
  if (segment.last + 1n >= 1n << 63n) refuse('no room after first');
  return segment;
}

export function writeSegment({ owner, topic, first, entries, signature }) {
  const written = entries.map(({ header, data, address, digest, size }) =>
    embedded(4, Buffer.concat([field(1, header), ...address ? [field(3, address), field(4, digest), field(5, size ?? 0n)] : [field(2, data)]])));
  return Buffer.concat([field(1, owner), field(2, topic), field(3, first), ...written, field(5, signature)]);
}

function pair(value) {
  const entry = read(bytes(value), {
    1: ['address', bytes], 2: ['localHash', bytes], 3: ['data', bytes], 1001: ['header', bytes], 1002: ['digest', digest], 1003: ['size', number],
  }, { skipFrom: 1004 });
  if (entry.digest ? entry.data : entry.address || 'size' in entry) refuse('data, or an address and digest, or a digest');
  digested(entry);
  if (!entry.localHash?.equals(entry.id)) refuse('localHash says something else');
  return entry;
}

export function pageOf(serialized) {
  const page = read(serialized, {
    1: ['entries', pair, 'repeated'], 2: ['tail', bytes], 1001: ['owner', text], 1002: ['topic', text], 1003: ['first', number],
    1004: ['before', digest], 1005: ['last', number], 1006: ['signature', exactly(64)],
  }, { skipFrom: 1007 });
  if (page.entries.length === 0 || !page.first || page.last !== page.first + BigInt(page.entries.length) - 1n) refuse('wrong numbers');
  if (page.owner === undefined || page.topic === undefined || !page.before || !page.signature) refuse('a field missing');
  if (page.tail) addressOf(page.tail);
  page.entries.reverse();
  return page;
}

export function writeBlock(entries) {
  return Buffer.concat(entries.toReversed().map(({ header, data, address, digest, size, id }) => embedded(1, Buffer.concat([
    address ? field(1, address) : empty, field(2, id), data ? field(3, data) : empty, field(1001, header),
    digest ? Buffer.concat([field(1002, digest), field(1003, size ?? 0n)]) : empty]))));
}

export function writeTrailer({ tail, owner, topic, first, before, last, signature }) {
  return Buffer.concat([
    field(2, tail ?? empty), field(1001, owner), field(1002, topic), field(1003, first), field(1004, before), field(1005, last), field(1006, signature)]);
}
