// What others' code makes of ours: node peer.cjs COMMAND, a JSON object on stdin, a JSON value on stdout.
'use strict';
const { createECDH } = require('node:crypto');

const bytes = text => Buffer.from(text, 'base64url');
const text = buffer => Buffer.from(buffer).toString('base64url');

const commands = {
  // http_ece reads what we encrypted.
  decrypt({ body, privateKey, secret }) {
    const key = createECDH('prime256v1');
    key.setPrivateKey(bytes(privateKey));
    return text(require('http_ece').decrypt(bytes(body), { version: 'aes128gcm', privateKey: key, authSecret: secret }));
  },

  // http_ece encrypts with a key and a salt that we are told, for a byte-by-byte comparison.
  encrypt({ plaintext, senderKey, publicKey, secret, salt }) {
    const key = createECDH('prime256v1');
    key.setPrivateKey(bytes(senderKey));
    return text(require('http_ece').encrypt(bytes(plaintext), { version: 'aes128gcm', privateKey: key, dh: publicKey, authSecret: secret, salt }));
  },

  // web-push makes the whole request that it would send.
  request({ endpoint, publicKey, secret, plaintext, subject, topic }) {
    const webpush = require('web-push');
    const keys = webpush.generateVAPIDKeys();
    const details = webpush.generateRequestDetails({ endpoint, keys: { p256dh: publicKey, auth: secret } }, bytes(plaintext), {
      vapidDetails: { subject, publicKey: keys.publicKey, privateKey: keys.privateKey }, TTL: 60, urgency: 'high', topic, contentEncoding: 'aes128gcm',
    });
    return { headers: details.headers, body: text(details.body) };
  },

  webhook({ secret, headers, body }) {
    const { Webhook } = require('standardwebhooks');
    try {
      return new Webhook(secret).verify(body, headers);
    } catch (error) {
      return { refused: error.message };
    }
  },

  // @parse/node-apn sends a background push to each device in turn.
  async apns({ port, root, key, keyId, teamId, topic, devices }) {
    const apn = require('@parse/node-apn');
    const provider = new apn.Provider({ address: '127.0.0.1', port, ca: root, production: false, token: { key, keyId, teamId } });
    const results = [];
    for (const device of devices) {
      const note = new apn.Notification();
      Object.assign(note, { topic, pushType: 'background', priority: 5, contentAvailable: 1, payload: { h: 'x' } });
      const { sent, failed } = await provider.send(note, device);
      results.push(sent.length ? '200' : `${failed[0].status} ${failed[0].response?.reason ?? failed[0].error}`);
    }
    provider.shutdown();
    return results;
  },

  // @googleapis/fcm sends a data message to each device in turn.
  async fcm({ port, project, accessToken, devices }) {
    const { fcm, auth } = require('@googleapis/fcm');
    const client = new auth.OAuth2();
    client.setCredentials({ access_token: accessToken });
    const api = fcm({ version: 'v1', rootUrl: `http://127.0.0.1:${port}/`, auth: client });
    const results = [];
    for (const token of devices) {
      try {
        const { data } = await api.projects.messages.send({
          parent: `projects/${project}`,
          requestBody: { message: { token, data: { h: 'x' }, android: { priority: 'NORMAL', ttl: '60s', collapse_key: 'rl' } } },
        });
        results.push(data.name);
      } catch (error) {
        results.push(`${error.response?.status} ${error.response?.data?.error?.status}`);
      }
    }
    return results;
  },
};

// web-push-testing, on a port of its own until stdin ends. Its own start listens on all addresses.
async function judge() {
  const { PushApiModel } = require('web-push-testing/src/PushApiModel');
  const WebPushTestingServer = require('web-push-testing/src/server');
  const model = new PushApiModel();
  const server = new WebPushTestingServer(model, 0);
  server.setRequestHandlers();
  const listener = server._app.listen(0, '127.0.0.1', () => process.stdout.write(`${listener.address().port}\n`));
  process.stdin.resume().on('end', () => process.exit(0));
}

async function main() {
  const command = process.argv[2];
  if (command === 'judge') return judge();
  let input = '';
  for await (const chunk of process.stdin) input += chunk;
  process.stdout.write(JSON.stringify(await commands[command](JSON.parse(input))));
  process.exit(0);
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
