// Recomputes every vector in this folder with nothing but Node's own modules and the code in peer/, which shares no line with the implementation.
// Usage: node check.mjs
import { deepStrictEqual, fail, ok, strictEqual } from 'node:assert';
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deviceStatementHolds, deviceStatementOf, deviceStatusOf, deviceText, writeDeviceStatement } from './peer/devices.mjs';
import { headerOf, linkAfter, pageOf, segmentOf, writeBlock, writeHeader, writeSegment, writeTrailer } from './peer/entries.mjs';
import { mvdsId, mvdsPayloadOf, writeMvdsPayload } from './peer/mvds.mjs';
import * as names from './peer/names.mjs';
import { checkpointHolds, forkOf, forksOf, headOf, pageIndexOf, provesFork } from './peer/statements.mjs';
import { Refused } from './peer/wire.mjs';

const load = file => JSON.parse(readFileSync(new URL(`${file}.json`, import.meta.url), 'utf8'));
const hex = text => /^([0-9a-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : fail(`'${text}' is not lower-case hex`);
let checks = 0;
let failures = 0;

/** Runs one case; everything that does not agree is reported, not only the first. */
function check(what, body) {
  checks++;
  try {
    body();
  } catch (error) {
    failures++;
    console.error(`${what}: ${error.message}`);
  }
}

function refused(body) {
  try {
    body();
  } catch (error) {
    if (error instanceof Refused) return;
    throw error;
  }
  throw new Error('was accepted');
}

/** What was parsed, in the form of the files: bytes as hex, numbers as text. */
function plain(value) {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

const only = (value, ...fields) => Object.fromEntries(fields.filter(name => value[name] !== undefined).map(name => [name, value[name]]));

/** The members of what was parsed that a vector states are what it states. */
function agrees(vector, parsed, ...fields) {
  deepStrictEqual(only(plain(parsed), ...fields), only(vector, ...fields));
}

const entriesOf = parsed => plain(parsed.entries).map(entry => ({ ...entry, ...entry.digest ? { size: entry.size ?? '0' } : {} }));
const statement = vector => ({ ...vector, link: hex(vector.link), signature: hex(vector.signature) });

const files = {
  keys({ keys }) {
    for (const [name, key] of Object.entries(keys)) {
      check(`keys ${name}`, () => {
        const privateKey = createPrivateKey(key.testOnlyPrivateKey);
        const signature = sign('sha256', Buffer.from('text'), { key: privateKey, dsaEncoding: 'ieee-p1363' });
        ok(names.isSignedBy(key.name, 'text', signature));
        strictEqual(names.sha256(Buffer.from(key.testOnlySeed)).toString('hex'), key.testOnlyPrivateScalar);
        strictEqual(Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url').toString('hex'), key.testOnlyPrivateScalar);
        strictEqual(names.ownerOf(key.name).publicKey.toString('hex'), key.publicKey);
      });
    }
  },

  names({ owners, topics }) {
    for (const { name, curve, publicKey } of owners.good) {
      check(`owner ${name}`, () => {
        const owner = names.ownerOf(name);
        strictEqual(owner.curve.name, curve);
        strictEqual(owner.publicKey.toString('hex'), publicKey);
      });
    }
    for (const { name, reason } of owners.bad) check(`bad owner: ${reason}`, () => refused(() => names.ownerOf(name)));
    for (const topic of topics.good) check(`topic ${topic}`, () => strictEqual(names.topicOf(topic), topic));
    for (const { topic, reason } of topics.bad) check(`bad topic: ${reason}`, () => refused(() => names.topicOf(topic)));
  },

  chain({ logs }) {
    for (const { owner, topic, text, id, entries } of logs) {
      check(`log ${topic}`, () => {
        strictEqual(names.logText(owner, topic), text);
        let link = names.sha256(Buffer.from(text));
        strictEqual(link.toString('hex'), id);
        for (const entry of entries) {
          const [header, data] = [names.sha256(hex(entry.header)), names.sha256(hex(entry.data))];
          link = names.nextLink(link, header, data);
          deepStrictEqual(plain([header, data, link]), [entry.headerDigest, entry.dataDigest, entry.link]);
        }
      });
    }
  },

  checkpoints({ checkpoints }) {
    for (const vector of checkpoints) {
      check(`checkpoint: ${vector.name}`, () => {
        strictEqual(names.checkpointText(statement(vector)), vector.text);
        strictEqual(checkpointHolds(statement(vector)), vector.valid);
      });
    }
  },

  receipts({ receipts }) {
    for (const vector of receipts) {
      check(`receipt: ${vector.name}`, () => {
        strictEqual(names.receiptText(statement(vector)), vector.text);
        strictEqual(names.isSignedBy(vector.signer, vector.text, hex(vector.signature)), vector.valid);
      });
    }
  },

  'entry-headers'({ good, bad }) {
    for (const vector of good) {
      check(`header ${vector.bytes}`, () => {
        const header = headerOf(hex(vector.bytes));
        const { id, expiresAt, parents } = plain(header);
        deepStrictEqual([id, expiresAt === '0' ? null : expiresAt, parents], [vector.id, vector.expiresAt, vector.parents]);
        strictEqual(writeHeader(header).toString('hex') === vector.bytes, vector.canonical);
      });
    }
    for (const { bytes, reason } of bad) check(`bad header: ${reason}`, () => refused(() => headerOf(hex(bytes))));
  },

  segments({ good, bad, forged }) {
    const holds = (segment, link) => checkpointHolds({ ...segment, sequence: segment.last, link });
    for (const vector of good) {
      check(`segment: ${vector.name}`, () => {
        const segment = segmentOf(hex(vector.bytes));
        agrees(vector, segment, 'owner', 'topic', 'first', 'last', 'signature');
        deepStrictEqual(entriesOf(segment).map(entry => only(entry, 'header', 'data', 'address', 'digest', 'size')), vector.entries);
        const link = linkAfter(hex(vector.before), segment.entries);
        strictEqual(link.toString('hex'), vector.link);
        ok(holds(segment, link));
        strictEqual(writeSegment(segment).toString('hex'), vector.bytes);
      });
    }
    for (const { name, bytes } of bad) check(`bad segment: ${name}`, () => refused(() => segmentOf(hex(bytes))));
    for (const { name, bytes, before } of forged) {
      check(`forged segment: ${name}`, () => {
        const segment = segmentOf(hex(bytes));
        ok(!holds(segment, linkAfter(hex(before), segment.entries)));
      });
    }
  },

  pages({ good, extended, bad, index }) {
    for (const vector of good) {
      check(`page: ${vector.name}`, () => {
        const page = pageOf(hex(vector.bytes));
        agrees(vector, page, 'owner', 'topic', 'first', 'last', 'before', 'signature');
        strictEqual(page.tail?.toString('hex') ?? null, vector.tail);
        deepStrictEqual(entriesOf(page).map(entry => only(entry, 'id', 'header', 'data', 'address', 'digest', 'size')), vector.entries);
        const link = linkAfter(page.before, page.entries);
        strictEqual(link.toString('hex'), vector.link);
        ok(checkpointHolds({ ...page, sequence: page.last, link }));
        strictEqual(names.addressText(names.addressFor(hex(vector.bytes))), vector.cid);
        strictEqual(writeTrailer(page).toString('hex'), vector.trailer);
        strictEqual(writeBlock(page.entries).toString('hex'), vector.blocks.toReversed().join(''));
        strictEqual(vector.blocks.toReversed().join('') + vector.trailer, vector.bytes);
      });
    }
    for (const { name, bytes, link } of extended) {
      check(`page: ${name}`, () => {
        const page = pageOf(hex(bytes));
        strictEqual(linkAfter(page.before, page.entries).toString('hex'), link);
      });
    }
    for (const { name, bytes } of bad) check(`bad page: ${name}`, () => refused(() => pageOf(hex(bytes))));
    for (const { bytes, pages, more } of index.good) check('page index', () => deepStrictEqual(plain(pageIndexOf(hex(bytes))), { more, pages }));
    for (const { name, bytes } of index.bad) check(`bad page index: ${name}`, () => refused(() => pageIndexOf(hex(bytes))));
  },

  heads({ good, bad }) {
    for (const vector of good) {
      check(`head: ${vector.name}`, () => {
        const head = headOf(hex(vector.serialized));
        agrees(vector, head, 'owner', 'topic', 'sequence', 'link', 'signature', 'sealed', 'page', 'erased', 'bytes', 'updatedAt', 'receipt');
        ok(checkpointHolds(head));
        if (head.receipt) ok(names.isSignedBy(head.receipt.signer, names.receiptText({ ...head, ...only(head.receipt, 'time') }), head.receipt.signature));
      });
    }
    for (const { name, serialized } of bad) check(`bad head: ${name}`, () => refused(() => headOf(hex(serialized))));
  },

  forks({ proofs, nothing, bad, list }) {
    for (const vector of [...proofs, ...nothing]) {
      check(`fork: ${vector.name}`, () => {
        const fork = forkOf(hex(vector.bytes));
        agrees(vector, fork, 'kept', 'refused', 'link', 'steps', 'seenAt');
        strictEqual(provesFork(fork), proofs.includes(vector));
      });
    }
    for (const { name, bytes } of bad) check(`bad fork: ${name}`, () => refused(() => forkOf(hex(bytes))));
    check('fork list', () => deepStrictEqual(plain(forksOf(hex(list))), proofs.map(proof => only(proof, 'kept', 'refused', 'link', 'steps', 'seenAt'))));
  },

  cids({ good, badText, badBytes }) {
    for (const { kind, content, hash, bytes, text } of good) {
      check(`cid ${text}`, () => {
        deepStrictEqual(plain(names.addressOf(hex(bytes))), { kind, hash });
        strictEqual(names.addressText(hex(bytes)), text);
        strictEqual(names.addressFromText(text).toString('hex'), bytes);
        if (kind === 'sha256') strictEqual(names.addressFor(hex(content)).toString('hex'), bytes);
      });
    }
    for (const { text, reason } of badText) check(`bad cid text: ${reason}`, () => refused(() => names.addressFromText(text)));
    for (const { bytes, reason } of badBytes) check(`bad cid bytes: ${reason}`, () => refused(() => names.addressOf(hex(bytes))));
  },

  mvds({ ids, payloads, bad }) {
    const idOf = message => mvdsId({ groupId: hex(message.groupId), timestamp: BigInt(message.timestamp), body: hex(message.body) }).toString('hex');
    for (const message of ids) check('message id', () => strictEqual(idOf(message), message.id));
    for (const vector of payloads) {
      check(`payload: ${vector.name}`, () => {
        const payload = mvdsPayloadOf(hex(vector.bytes));
        const messages = plain(payload.messages).map(message => only(message, 'groupId', 'timestamp', 'body', 'parents', 'ephemeral'));
        agrees(vector, payload, 'acks', 'offers', 'requests');
        deepStrictEqual(messages.map(message => ({ ...message, id: idOf(message) })), vector.messages);
        strictEqual(writeMvdsPayload(payload).toString('hex'), vector.canonical);
      });
    }
    for (const { name, bytes } of bad) check(`bad payload: ${name}`, () => refused(() => mvdsPayloadOf(hex(bytes))));
  },

  devices({ good, forged, bad, statuses }) {
    for (const vector of [...good, ...forged]) {
      check(`device: ${vector.name}`, () => {
        const statement = deviceStatementOf(hex(vector.bytes));
        const { name, text, bytes, valid, ...said } = vector;
        deepStrictEqual(plain(statement), said);
        strictEqual(deviceText(statement), text);
        strictEqual(deviceStatementHolds(statement), valid);
        strictEqual(valid, good.includes(vector));
        strictEqual(writeDeviceStatement(statement).toString('hex'), bytes);
      });
    }
    for (const { name, bytes } of bad) check(`bad device: ${name}`, () => refused(() => deviceStatementOf(hex(bytes))));
    for (const { bytes, ...status } of statuses) check('device status', () => deepStrictEqual(plain(deviceStatusOf(hex(bytes))), status));
  },
};

for (const [file, body] of Object.entries(files)) {
  const before = checks;
  body(load(file));
  console.log(`${file}.json: ${checks - before} checks`);
}
if (failures > 0) {
  console.error(`${failures} of ${checks} checks failed`);
  process.exitCode = 1;
}
