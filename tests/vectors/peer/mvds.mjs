// 2/MVDS in the three numberings that are in use.
import { sha256 } from './names.mjs';
import { bytes, embedded, exactly, field, flag, read, refuse, signed } from './wire.mjs';

const empty = Buffer.alloc(0);

export function mvdsPayloadOf(serialized) {
  const metadata = value => read(bytes(value), { 1: ['parents', bytes, 'repeated'], 2: ['ephemeral', flag] }, { lenient: true });
  const message = offset => value => {
    const schema = { [offset + 1]: ['groupId', exactly(32)], [offset + 2]: ['timestamp', signed], [offset + 3]: ['body', bytes], [offset + 4]: ['metadata', metadata] };
    const found = read(bytes(value), schema, { lenient: true });
    if (!found.groupId) refuse('no group');
    return { timestamp: 0n, body: empty, parents: [], ephemeral: false, ...found, ...found.metadata };
  };
  const groupOffer = value => read(bytes(value), { 2: ['id', bytes] }, { lenient: true }).id ?? empty;
  const payload = (offset, messageOffset, extra) => read(serialized, {
    [offset + 1]: ['acks', bytes, 'repeated'], [offset + 2]: ['offers', bytes, 'repeated'], [offset + 3]: ['requests', bytes, 'repeated'],
    [offset + 4]: ['messages', message(messageOffset), 'repeated'], ...extra,
  }, { lenient: true });
  const spec = payload(5000, 6000, { 5005: ['newOffers', groupOffer, 'repeated'] });
  const compact = payload(0, 0, {});
  return {
    acks: [...spec.acks, ...compact.acks],
    offers: [...spec.offers, ...spec.newOffers, ...compact.offers],
    requests: [...spec.requests, ...compact.requests],
    messages: [...spec.messages, ...compact.messages],
  };
}

export function writeMvdsPayload({ acks, offers, requests, messages }) {
  const written = messages.map(({ groupId, timestamp, body, parents, ephemeral }) => {
    const metadata = Buffer.concat([...parents.map(parent => embedded(1, parent)), field(2, ephemeral ? 1n : 0n)]);
    return embedded(5004, Buffer.concat([field(6001, groupId), field(6002, timestamp), field(6003, body), field(6004, metadata)]));
  });
  return Buffer.concat([
    ...acks.map(id => embedded(5001, id)), ...offers.map(id => embedded(5002, id)), ...requests.map(id => embedded(5003, id)), ...written]);
}

export function mvdsId({ groupId, timestamp, body }) {
  const time = Buffer.alloc(8);
  time.writeBigInt64LE(timestamp);
  return sha256(Buffer.from('MESSAGE_ID'), groupId, time, body);
}
