// What surrounds entries: heads, receipts, forks and the page index. Read as protobuf readers do, then checked field by field.
import { addressOf, checkpointText, isSignedBy, nextLink, ownerOf, topicOf } from './names.mjs';
import { bytes, exactly, flag, number, read, refuse, text, time } from './wire.mjs';

const digest = exactly(32);

export function checkpointHolds(checkpoint) {
  return isSignedBy(checkpoint.owner, checkpointText(checkpoint), checkpoint.signature);
}

function checkedNames(message) {
  ownerOf(message.owner);
  topicOf(message.topic);
  return message;
}

function complete(message, ...names) {
  for (const name of names) if (!(name in message)) refuse(`${name} missing`);
  return message;
}

const checkpointFields = { 1: ['owner', text], 2: ['topic', text], 3: ['sequence', number], 4: ['link', digest], 5: ['signature', exactly(64)] };
const checkpoint = value => checkedNames(complete(read(bytes(value), checkpointFields, { lenient: true }), 'owner', 'topic', 'sequence', 'link', 'signature'));

function receipt(value) {
  const message = read(bytes(value), { 1: ['signer', text], 2: ['time', time], 3: ['signature', exactly(64)] }, { lenient: true });
  complete(message, 'signer', 'signature');
  ownerOf(message.signer);
  return { time: 0n, ...message };
}

export function headOf(serialized) {
  const schema = {
    ...checkpointFields, 6: ['sealed', number], 7: ['page', bytes], 8: ['erased', number], 9: ['bytes', number], 10: ['updatedAt', time], 11: ['receipt', receipt],
  };
  const head = checkedNames(complete(read(serialized, schema, { lenient: true }), 'owner', 'topic', 'sequence', 'link', 'signature'));
  const filled = { sealed: 0n, erased: 0n, bytes: 0n, updatedAt: 0n, page: null, receipt: null, ...head };
  if (filled.sealed > head.sequence || filled.erased > head.sequence) refuse('beyond the sequence');
  if (filled.page) addressOf(filled.page);
  return filled;
}

export function forkOf(serialized) {
  const schema = { 1: ['kept', checkpoint], 2: ['refused', checkpoint], 3: ['link', digest], 4: ['steps', exactly(64), 'repeated'], 5: ['seenAt', time] };
  return { seenAt: 0n, ...complete(read(serialized, schema, { lenient: true }), 'kept', 'refused', 'link') };
}

export const forksOf = serialized => read(serialized, { 1: ['forks', value => forkOf(bytes(value)), 'repeated'] }, { lenient: true }).forks;

export function provesFork({ kept, refused, link, steps }) {
  const [lower, higher] = kept.sequence <= refused.sequence ? [kept, refused] : [refused, kept];
  const reached = steps.reduce((at, step) => nextLink(at, step.subarray(0, 32), step.subarray(32)), link);
  return kept.owner === refused.owner && kept.topic === refused.topic
    && !lower.link.equals(link) && higher.sequence - lower.sequence === BigInt(steps.length) && reached.equals(higher.link)
    && checkpointHolds(kept) && checkpointHolds(refused);
}

export function pageIndexOf(serialized) {
  const row = value => {
    const schema = { 1: ['first', number], 2: ['last', number], 3: ['address', bytes], 4: ['size', number] };
    const page = complete(read(bytes(value), schema, { lenient: true }), 'first', 'last', 'address');
    if (page.first === 0n || page.last < page.first) refuse('newest before oldest');
    addressOf(page.address);
    return { size: 0n, ...page };
  };
  return { more: false, ...read(serialized, { 1: ['pages', row, 'repeated'], 2: ['more', flag] }, { lenient: true }) };
}
