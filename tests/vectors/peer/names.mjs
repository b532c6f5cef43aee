// Names, addresses, the chain and the signed texts, from the design alone.
import { createHash, createPublicKey, ECDH, verify } from 'node:crypto';
import { refuse } from './wire.mjs';

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
const curves = [
  { name: 'P-256', node: 'prime256v1', multicodec: Buffer.from('8024', 'hex') },
  { name: 'secp256k1', node: 'secp256k1', multicodec: Buffer.from('e701', 'hex') },
];

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

function fromBase58(letters) {
  let value = 0n;
  for (const letter of letters) {
    const digit = base58.indexOf(letter);
    if (digit < 0) refuse('not base58');
    value = value * 58n + BigInt(digit);
  }
  const zeros = letters.length - letters.replace(/^1+/, '').length;
  const digits = value === 0n ? '' : value.toString(16);
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex')]);
}

/** { curve, publicKey } of an owner: the multibase part of a did:key. */
export function ownerOf(name) {
  if (name.length > 64 || name[0] !== 'z') refuse('not base58btc');
  const prefixed = fromBase58(name.slice(1));
  const curve = curves.find(known => prefixed.length === 35 && prefixed.subarray(0, 2).equals(known.multicodec)) ?? refuse('not a known key');
  const publicKey = prefixed.subarray(2);
  if (publicKey[0] !== 2 && publicKey[0] !== 3) refuse('not a compressed point');
  try {
    const point = ECDH.convertKey(publicKey, curve.node, undefined, undefined, 'uncompressed');
    return { curve, publicKey, point };
  } catch {
    return refuse('not a point of the curve');
  }
}

export function isSignedBy(name, text, signature) {
  const { curve, point } = ownerOf(name);
  const jwk = { kty: 'EC', crv: curve.name, x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const key = createPublicKey({ format: 'jwk', key: jwk });
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

export function topicOf(text) {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text) && text !== '.' && text !== '..' ? text : refuse('not a topic');
}

export const logText = (owner, topic) => `remotelog/v1/log\n${owner}\n${topic}\n`;

export const checkpointText = ({ owner, topic, sequence, link }) =>
  `remotelog/v1/checkpoint\n${owner}\n${topic}\n${sequence}\n${link.toString('base64')}\n`;

export const receiptText = ({ owner, topic, sequence, link, time }) =>
  `remotelog/v1/receipt\n${owner}\n${topic}\n${sequence}\n${link.toString('base64')}\n${time}\n`;

export const nextLink = (link, headerDigest, dataDigest) => sha256(link, headerDigest, dataDigest);

/** { kind, hash } of a CID in bytes. */
export function addressOf(bytes) {
  for (const [kind, prefix] of [['sha256', '01551220'], ['swarm', '01fa011b20']]) {
    const start = prefix.length / 2;
    if (bytes.subarray(0, start).toString('hex') === prefix && bytes.length === start + 32) return { kind, hash: bytes.subarray(start) };
  }
  return refuse('not a content address');
}

export const addressFor = content => Buffer.concat([Buffer.from('01551220', 'hex'), sha256(content)]);

export function addressText(bytes) {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return `b${bits.match(/.{1,5}/g).map(five => base32[parseInt(five.padEnd(5, '0'), 2)]).join('')}`;
}

export function addressFromText(text) {
  if (text.length > 64 || text[0] !== 'b') refuse('not base32');
  let bits = '';
  for (const letter of text.slice(1)) {
    const digit = base32.indexOf(letter);
    if (digit < 0) refuse('not base32');
    bits += digit.toString(2).padStart(5, '0');
  }
  const bytes = Buffer.from(bits.match(/.{8}/g)?.map(eight => parseInt(eight, 2)) ?? []);
  addressOf(bytes);
  return addressText(bytes) === text ? bytes : refuse('not the one spelling');
}
