// How fast Swarm's official client finds the reference of data, by its own hashing:
//   node hash.mjs FILE
// For each line read, FILE is hashed once, on this one thread; answers the milliseconds that it took and the reference.
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { MerkleTree } from '@ethersphere/bee-js'

const data = new Uint8Array(await readFile(process.argv[2]))
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now()
  const root = await MerkleTree.root(data)
  const elapsed = performance.now() - started
  console.log(`${elapsed} ${Buffer.from(root.hash()).toString('hex')}`)
}
