// Swarm's official client uses a node in every way that RemoteLog relies on, and says what it does not like:
//   node judge.mjs URL BATCH
// One line for each thing tried. Ends with 1 when anything was not as the client has it.
import assert from 'node:assert/strict'
import { Bee, BeeResponseError, FeedIndex, Identifier, MerkleTree, PrivateKey, Reference, Stamper, Topic } from '@ethersphere/bee-js'

const [url, batch] = process.argv.slice(2)
const bee = new Bee(url)
const key = new PrivateKey('634fb5a872396d9693e5c9f9d7233cfa93f395c093371017ff44aa9ae6564cdd')
const otherKey = new PrivateKey('4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318')
const owner = key.publicKey().address()

let failures = 0
const text = bytes => Buffer.from(bytes.toUint8Array()).toString()
const bytesOf = (length, seed) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) % 256)
const topicOf = name => Topic.fromString(`judge/${name}`)

async function rootOf(data) {
  return Buffer.from((await MerkleTree.root(data)).hash()).toString('hex')
}

/** The client must be told this status, in an error it understands. */
async function refuses(status, promise) {
  const error = await promise.then(() => assert.fail('no error came'), error => error)
  assert.ok(error instanceof BeeResponseError, `${error}`)
  assert.equal(error.status, status)
  assert.equal(error.responseBody.code, status)
  assert.equal(typeof error.responseBody.message, 'string')
}

async function check(name, run) {
  try {
    await run()
    console.log(`ok ${name}`)
  } catch (error) {
    failures++
    const said = error.responseBody ? ` ${Buffer.from(error.responseBody instanceof ArrayBuffer ? error.responseBody : JSON.stringify(error.responseBody))}` : ''
    console.log(`NOT OK ${name}: ${error.message.split('\n').join(' ')}${said}`)
  }
}

await check('state of the node', async () => {
  await bee.checkConnection()
  const health = await bee.getHealth()
  assert.equal(health.status, 'ok')
  assert.equal(health.apiVersion.split('.')[0], '8')
  assert.equal((await bee.getReadiness()).status, 'ready')
  assert.equal((await bee.getNodeInfo()).beeMode, 'light')
  assert.ok((await bee.getStatus()).connectedPeers > 0)
  assert.ok((await bee.getChainState()).currentPrice > 0)
})

for (const length of [0, 1, 31, 4096, 4097, 128 * 4096 + 1]) {
  await check(`data of ${length} bytes`, async () => {
    const data = bytesOf(length, 1)
    const reference = new Reference(await rootOf(data))
    for (const deferred of [true, false]) {
      assert.equal((await bee.uploadData(batch, data, { deferred })).reference.toHex(), reference.toHex())
    }
    assert.deepEqual((await bee.downloadData(reference)).toUint8Array(), data)
    assert.equal((await bee.probeData(reference)).contentLength, length)

    const pieces = []
    for await (const piece of await bee.downloadReadableData(reference)) pieces.push(piece)
    assert.deepEqual(new Uint8Array(Buffer.concat(pieces)), data)
  })
}

await check('data that is not there', () => refuses(404, bee.downloadData('ab'.repeat(32)).catch(error => {
  error.responseBody = JSON.parse(Buffer.from(error.responseBody))
  throw error
})))

await check('uploads without a batch that pays', async () => {
  await refuses(404, bee.uploadData('12'.repeat(32), 'nobody pays'))
})

await check('chunks', async () => {
  const chunk = bee.makeContentAddressedChunk(bytesOf(1000, 2))
  const { reference } = await bee.uploadChunk(batch, chunk.data)
  assert.equal(reference.toHex(), chunk.address.toHex())
  const read = bee.unmarshalContentAddressedChunk(await bee.downloadChunk(reference))
  assert.equal(read.address.toHex(), reference.toHex())
  assert.deepEqual(read.payload.toUint8Array(), bytesOf(1000, 2))
})

await check('chunks of an intermediate span', async () => {
  const chunk = bee.makeContentAddressedChunk(bytesOf(64, 3), 8192n)
  const { reference } = await bee.uploadChunk(batch, chunk.data)
  assert.equal(reference.toHex(), chunk.address.toHex())
})

await check('a stamp signed by the node', async () => {
  const chunk = bee.makeContentAddressedChunk(bytesOf(500, 4))
  const envelope = await bee.createEnvelope(batch, chunk.address)
  const { reference } = await bee.uploadChunk(envelope, chunk.data)
  assert.equal(reference.toHex(), chunk.address.toHex())
})

await check('a stamp signed by a stranger', async () => {
  const chunk = bee.makeContentAddressedChunk(bytesOf(500, 5))
  const stamper = Stamper.fromBlank(otherKey, batch, 20)
  const address = chunk.address.toUint8Array()
  await refuses(400, bee.uploadChunk(stamper.stamp({ hash: () => address, build: () => chunk.data, span: 500n, writer: undefined }), chunk.data))
})

await check('single-owner chunks', async () => {
  const writer = bee.makeSOCWriter(key)
  for (const [id, data] of [['01'.repeat(32), bytesOf(11, 6)], ['02'.repeat(32), bytesOf(4096, 7)]]) {
    const { reference } = await writer.upload(batch, id, data)
    assert.equal(reference.toHex(), bee.calculateSingleOwnerChunkAddress(new Identifier(id), owner).toHex())
    const chunk = await bee.makeSOCReader(owner).download(id)
    assert.deepEqual(chunk.payload.toUint8Array(), data)
    assert.equal(chunk.owner.toHex(), owner.toHex())
  }
})

await check('single-owner chunks that are not there', async () => {
  const error = await bee.makeSOCReader(owner).download('03'.repeat(32)).then(() => assert.fail('no error came'), error => error)
  assert.equal(error.status, 404)
})

await check('a single-owner chunk under the wrong owner', async () => {
  const chunk = bee.makeContentAddressedChunk(bytesOf(9, 8)).toSingleOwnerChunk(new Identifier('04'.repeat(32)), key)
  const answer = await fetch(`${url}/soc/${otherKey.publicKey().address().toHex()}/${'04'.repeat(32)}?sig=${chunk.signature.toHex()}`, {
    method: 'POST', headers: { 'swarm-postage-batch-id': batch }, body: Buffer.concat([chunk.span.toUint8Array(), chunk.payload.toUint8Array()]),
  })
  assert.equal(answer.status, 401)
  assert.equal((await answer.json()).message, 'invalid chunk')
})

await check('a feed of payloads', async () => {
  const writer = bee.makeFeedWriter(topicOf('payloads'), key)
  const reader = bee.makeFeedReader(topicOf('payloads'), owner)
  await reader.downloadPayload().then(() => assert.fail('an empty feed has an update'), error => assert.equal(error.status, 404))
  for (let index = 0; index < 10; index++) {
    await writer.uploadPayload(batch, `update ${index}`)
    const update = await reader.downloadPayload()
    assert.equal(text(update.payload), `update ${index}`)
    assert.equal(update.feedIndex.toBigInt(), BigInt(index))
    assert.equal(update.feedIndexNext.toBigInt(), BigInt(index + 1))
  }
  for (const index of [0, 7, 9]) {
    assert.equal(text((await reader.downloadPayload({ index: FeedIndex.fromBigInt(BigInt(index)) })).payload), `update ${index}`)
  }
  assert.equal(await bee.isFeedRetrievable(owner, topicOf('payloads'), FeedIndex.from9n), true)
  assert.equal(await bee.isFeedRetrievable(owner, topicOf('payloads'), FeedIndex.fromBigInt(10n)), false)
})

await check('a feed of payloads over one chunk', async () => {
  const writer = bee.makeFeedWriter(topicOf('long payloads'), key)
  const reader = bee.makeFeedReader(topicOf('long payloads'), owner)
  const data = bytesOf(50_000, 9)
  await writer.uploadPayload(batch, data)
  assert.deepEqual((await reader.downloadPayload()).payload.toUint8Array(), data)
  assert.deepEqual((await reader.downloadPayload({ index: 0 })).payload.toUint8Array(), data)
})

await check('a feed of references', async () => {
  const writer = bee.makeFeedWriter(topicOf('references'), key)
  const reader = bee.makeFeedReader(topicOf('references'), owner)
  for (let index = 0; index < 3; index++) {
    const { reference } = await bee.uploadData(batch, bytesOf(5000 + index, 10))
    await writer.uploadReference(batch, reference)
    const update = await reader.downloadReference()
    assert.equal(update.reference.toHex(), reference.toHex())
    assert.equal(update.feedIndex.toBigInt(), BigInt(index))
    assert.deepEqual((await reader.download()).payload.toUint8Array(), bytesOf(5000 + index, 10))
  }
})

await check("a feed's manifest", async () => {
  const manifest = await bee.createFeedManifest(
    batch, '8f48b583cb92276bb675b5d3175d13f2c9ebc5ce78f5e39005d2a523cf9f6636', '2c7536e3605d9c16a7a3d7b1898e529396a65c23')
  assert.equal(manifest.toHex(), '0c4f8e391beb632bde6cd7cf48d29a608c6c73c6ce45252856bfb73674db66f4')
})

await check('stamps', async () => {
  const all = await bee.getPostageBatches()
  assert.ok(all.some(known => known.batchID.toHex() === batch))
  const one = await bee.getPostageBatch(batch)
  assert.equal(one.usable, true)
  assert.equal(one.immutableFlag, true)
  assert.ok(one.duration.toSeconds() > 0)
  const buckets = await bee.getPostageBatchBuckets(batch)
  assert.equal(buckets.buckets.length, 65536)
  assert.equal(buckets.bucketUpperBound, 2 ** (one.depth - buckets.bucketDepth))
  assert.equal(Math.max(...buckets.buckets.map(bucket => bucket.collisions)), one.utilization)
  assert.ok((await bee.getGlobalPostageBatches()).some(known => known.batchID.toHex() === batch))
  await refuses(404, bee.getPostageBatch('34'.repeat(32)))
})

await check('buying, topping up and diluting a batch', async () => {
  const bought = await bee.createPostageBatch('600000000', 18, { label: 'judge', waitForUsable: false })
  await bee.waitForUsablePostageStamp(bought, 10_000)
  const before = await bee.getPostageBatch(bought)
  assert.equal(before.label, 'judge')
  assert.equal(before.depth, 18)
  assert.equal((await bee.topUpBatch(bought, '600000000')).toHex(), bought.toHex())
  assert.equal((await bee.getPostageBatch(bought)).amount, '1200000000')
  await bee.diluteBatch(bought, 19)
  const after = await bee.getPostageBatch(bought)
  assert.equal(after.depth, 19)
  assert.equal(after.amount, '600000000')
  await refuses(400, bee.diluteBatch(bought, 18))
})

await check('pins', async () => {
  const { reference } = await bee.uploadData(batch, bytesOf(20_000, 11), { pin: true })
  assert.ok((await bee.getAllPins()).some(pin => pin.toHex() === reference.toHex()))
  const { reference: later } = await bee.uploadData(batch, bytesOf(20_000, 12), { deferred: false })
  await refuses(404, bee.getPin(later))
  await bee.pin(later)
  await bee.pin(later)
  assert.equal((await bee.getPin(later)).reference.toHex(), later.toHex())
  await bee.unpin(later)
  await refuses(404, bee.unpin(later))
  await refuses(404, bee.pin('56'.repeat(32)))
})

await check('stewardship', async () => {
  const { reference } = await bee.uploadData(batch, bytesOf(30_000, 13), { pin: true })
  assert.equal(await bee.isReferenceRetrievable(reference), true)
  assert.equal(await bee.isReferenceRetrievable('78'.repeat(32)), false)
  await bee.reuploadPinnedData(batch, reference)
})

await check('tags', async () => {
  const tag = await bee.createTag()
  assert.equal(tag.split, 0)
  const { tagUid } = await bee.uploadData(batch, bytesOf(10_000, 14), { tag: tag.uid })
  assert.equal(tagUid, tag.uid)
  const done = await bee.retrieveTag(tag.uid)
  assert.equal(done.split, 4)
  assert.equal(done.seen + done.synced, done.split)
  assert.ok((await bee.getAllTags()).some(known => known.uid === tag.uid))
  await bee.updateTag(tag.uid, '9a'.repeat(32))
  await bee.deleteTag(tag.uid)
  await refuses(404, bee.retrieveTag(tag.uid))
})

console.log(failures === 0 ? 'bee-js is satisfied' : `bee-js is not satisfied: ${failures}`)
process.exitCode = failures === 0 ? 0 : 1
