// What devices say about how they are woken: the signed texts and the messages.
import { isSignedBy, ownerOf, topicOf } from './names.mjs';
import { bytes, embedded, exactly, field, flag, number, read, refuse } from './wire.mjs';

const printable = max => value => {
  if (bytes(value).length > max || value.some(byte => byte < 0x21 || byte > 0x7e)) refuse(`not up to ${max} printable letters`);
  return value.toString('latin1');
};
const upTo = max => value => bytes(value).length <= max ? value : refuse(`more than ${max} bytes`);
const small = value => number(value) < 1n << 31n ? value : refuse('not a number of 31 bits');
const tag = exactly(16);
const complete = (message, ...fields) => {
  for (const name of fields) if (!message[name]?.length) refuse(`${name} missing`);
  return message;
};
const tolerant = { lenient: true };

const logNamed = message => {
  ownerOf(complete(message, 'owner', 'topic').owner);
  topicOf(message.topic);
  return message;
};
const moved = value => ({ sequence: 0n, ...complete(read(bytes(value), { 1: ['tag', tag], 2: ['sequence', number] }, tolerant), 'tag') });

const kinds = {
  register: value => {
    const message = {
      app: '', publicKey: Buffer.alloc(0), secret: Buffer.alloc(0), pullMinutes: 0n,
      ...complete(read(bytes(value), {
        1: ['channel', printable(32)], 2: ['endpoint', printable(1000)], 3: ['app', printable(256)], 4: ['publicKey', upTo(65)], 5: ['secret', upTo(64)],
        6: ['pullMinutes', small],
      }, tolerant), 'channel', 'endpoint'),
    };
    if (![0, 65].includes(message.publicKey.length)) refuse('not a point');
    return message;
  },
  unregister: value => read(bytes(value), {}, tolerant),
  follow: value => logNamed(complete(read(bytes(value), { 1: ['owner', printable(64)], 2: ['topic', printable(64)], 3: ['tag', tag] }, tolerant), 'tag')),
  unfollow: value => logNamed(read(bytes(value), { 1: ['owner', printable(64)], 2: ['topic', printable(64)] }, tolerant)),
  seen: value => {
    const message = read(bytes(value), { 1: ['has', moved, 'repeated'] }, tolerant);
    return message.has.length <= 1000 ? message : refuse('too many tags');
  },
  askStatus: value => read(bytes(value), {}, tolerant),
};
const names = Object.keys(kinds);

export function deviceStatementOf(serialized) {
  const schema = { 1: ['device', printable(64)], 2: ['number', number], 3: ['signature', exactly(64)] };
  names.forEach((name, i) => schema[4 + i] = [name, value => value]);
  const message = complete(read(serialized, schema, tolerant), 'device', 'signature');
  ownerOf(message.device);
  if (!message.number) refuse('no number');
  const said = names.filter(name => message[name] !== undefined);
  if (said.length !== 1) refuse('not one thing said');
  return { device: message.device, number: message.number, signature: message.signature, [said[0]]: kinds[said[0]](message[said[0]]) };
}

export function deviceText({ device, number, register, unregister, follow, unfollow, seen }) {
  const lines = (kind, ...fields) => [`remotelog/v1/${kind}`, device, number, ...fields].map(line => `${line}\n`).join('');
  if (register) {
    const { channel, endpoint, app, publicKey, secret, pullMinutes } = register;
    return lines('device', channel, endpoint, app, publicKey.toString('base64'), secret.toString('base64'), pullMinutes);
  }
  if (unregister) return lines('unregister');
  if (follow) return lines('follow', follow.owner, follow.topic, follow.tag.toString('base64url'));
  if (unfollow) return lines('unfollow', unfollow.owner, unfollow.topic);
  if (seen) return lines('seen', ...seen.has.flatMap(has => [has.tag.toString('base64url'), has.sequence]));
  return lines('status');
}

export const deviceStatementHolds = statement => isSignedBy(statement.device, deviceText(statement), statement.signature);

export function writeDeviceStatement(statement) {
  const { register, follow, unfollow, seen } = statement;
  const said = register ? [
    field(1, register.channel), field(2, register.endpoint), field(3, register.app), field(4, register.publicKey), field(5, register.secret), field(6, register.pullMinutes),
  ] : follow ? [field(1, follow.owner), field(2, follow.topic), field(3, follow.tag)]
    : unfollow ? [field(1, unfollow.owner), field(2, unfollow.topic)]
      : seen ? seen.has.map(has => embedded(1, Buffer.concat([field(1, has.tag), field(2, has.sequence)]))) : [];
  const place = 4 + names.findIndex(name => statement[name] !== undefined);
  return Buffer.concat([field(1, statement.device), field(2, statement.number), field(3, statement.signature), embedded(place, Buffer.concat(said))]);
}

export function deviceStatusOf(serialized) {
  const schema = {
    1: ['device', printable(64)], 2: ['number', number], 3: ['channel', printable(32)], 4: ['confirmed', flag], 5: ['pullMinutes', small],
    6: ['follows', tag, 'repeated'],
  };
  const message = complete(read(serialized, schema, tolerant), 'device');
  ownerOf(message.device);
  return { number: 0n, channel: '', confirmed: false, pullMinutes: 0n, ...message };
}
