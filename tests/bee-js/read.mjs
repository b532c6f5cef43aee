// Swarm's official client reads what RemoteLog wrote to a node, and verifies it:
//   node read.mjs URL < EXPECTED
// EXPECTED is JSON: { data: [{ reference, length, sha256 }], feeds: [{ owner, topic, index, sha256 }] }, either of both left out when there is none.
// Ends with 1, saying why, when anything is not as expected.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { Bee, FeedIndex, MerkleTree } from '@ethersphere/bee-js'

const bee = new Bee(process.argv[2])
const expected = JSON.parse(await text(process.stdin))
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

for (const { reference, length, sha256: digest } of expected.data ?? []) {
  assert.equal((await bee.probeData(reference)).contentLength, length)
  const data = (await bee.downloadData(reference)).toUint8Array()
  assert.equal(data.length, length)
  assert.equal(sha256(data), digest)
  assert.equal(Buffer.from((await MerkleTree.root(data)).hash()).toString('hex'), reference)
}

// Reading an update by its index, the client checks signature and address of the chunk by itself.
for (const { owner, topic, index, sha256: digest } of expected.feeds ?? []) {
  const reader = bee.makeFeedReader(topic, owner)
  const update = await reader.downloadPayload({ index: FeedIndex.fromBigInt(BigInt(index)) })
  assert.equal(sha256(update.payload.toUint8Array()), digest)
  const latest = await reader.downloadPayload()
  assert.equal(latest.feedIndex.toBigInt(), BigInt(index))
  assert.equal(sha256(latest.payload.toUint8Array()), digest)
}
console.log('all as expected')
