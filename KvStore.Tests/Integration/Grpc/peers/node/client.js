// A client in JavaScript, by @grpc/grpc-js. Called with an address and what to do: see the functions at the end of the file.
//
// A step that the test has to follow is printed, and the test answers by a line.
'use strict';

const assert = require('node:assert');
const path = require('node:path');
const readline = require('node:readline');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const patience = 30_000;
const unicode = 'grüße \u{1f30d} 漢字 \0 end';
const protos = path.join(__dirname, '..', 'protos');
const loaded = grpc.loadPackageDefinition(
  loader.loadSync(['bigtablelite.proto', 'kvstore.proto'], { includeDirs: [protos], keepCase: true, longs: Number, enums: String, defaults: true }));

// An own connection for each client, so that two are two.
const alone = { 'grpc.use_local_subchannel_pool': 1, 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 200 };
const input = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function step(name) {
  console.log(name);
  await input.next();
}

class Client {
  constructor(address, options = {}) {
    const all = { ...alone, ...options };
    this.table = new loaded.bigtablelite.BigTableLite(address, grpc.credentials.createInsecure(), all);
    this.store = new loaded.kvstore.KeyValueStore(address, grpc.credentials.createInsecure(), all);
  }
}

// Makes a call of one message; the answer is a promise with what came beside it.
function call(client, method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve, reject) => {
    let headers;
    let answer;
    const options = { deadline: Date.now() + patience };
    client[method](request, metadata, options, (error, response) => (error ? reject(error) : (answer = response)))
      .on('metadata', (received) => { headers = received; })
      .on('status', (status) => { if (status.code === grpc.status.OK) resolve({ ...answer, headers, trailers: status.metadata }); });
  });
}

async function errorOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'it did not fail' });
}

// The next thing that a stream says: its headers, a message, or how it failed.
function next(stream, ...names) {
  return new Promise((resolve) => names.forEach((name) => stream.once(name, resolve)));
}

async function values(set, get) {
  for (const [key, value] of [['a', '1'], [unicode, unicode], ['empty', ''], ['long', 'v'.repeat(1_000_000)]]) {
    assert.equal((await set({ key, value })).success, true);
    const got = await get({ key });
    assert.deepEqual([got.found, got.value], [true, value]);
  }
}

async function bigtablelite(address) {
  const client = new Client(address).table;
  await values((request) => call(client, 'Set', request), (request) => call(client, 'Get', request));
  assert.equal((await call(client, 'Delete', { key: unicode })).success, true);
  assert.equal((await call(client, 'Get', { key: unicode })).found, false);
  assert.equal((await call(client, 'Delete', { key: unicode })).success, false);
}

async function kvstore(address) {
  const client = new Client(address).store;
  await values((request) => call(client, 'Set', request), (request) => call(client, 'Get', request));
  assert.equal((await call(client, 'Get', { key: 'none' })).found, false);
}

async function subscribe(address) {
  const [reader, writer] = [new Client(address), new Client(address)];
  const events = reader.store.Subscribe({ key_pattern: 'watched/' }, { deadline: Date.now() + patience });
  const received = [];
  let isTold;
  const told = new Promise((resolve) => { isTold = resolve; });
  events.on('data', (event) => { if (received.push(event) === 3) isTold(); });
  events.on('error', isTold);
  // The headers come when it follows what is written.
  await next(events, 'metadata');
  await call(writer.store, 'Set', { key: 'other', value: 'no' });
  await call(writer.store, 'Set', { key: 'watched/ü', value: unicode });
  await call(writer.store, 'Set', { key: 'watched/empty', value: '' });
  await call(writer.table, 'Delete', { key: 'watched/ü' });
  await told;
  assert.deepEqual(
    received.map((event) => [event.change_type, event.key, event.value]),
    [['SET', 'watched/ü', unicode], ['SET', 'watched/empty', ''], ['DELETE', 'watched/ü', '']]);
  received.forEach((event) => assert.ok(Math.abs(event.timestamp - Date.now()) < patience));
  events.cancel();
}

async function errors(address) {
  const client = new Client(address);
  for (const [stub, method, request] of [[client.store, 'Set', { key: '', value: 'v' }], [client.table, 'Get', { key: 'k'.repeat(2_000) }]]) {
    const error = await errorOf(call(stub, method, request));
    assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
    assert.deepEqual(error.metadata.get('kvstore-error-code'), [error.details.split(':')[0]]);
  }
}

async function gzip(address) {
  const client = new Client(address, { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip }).store;
  const value = 'compressible '.repeat(50_000);
  assert.equal((await call(client, 'Set', { key: 'gzip', value })).success, true);
  assert.equal((await call(client, 'Get', { key: 'gzip' })).value, value);
  assert.equal((await call(client, 'Get', { key: 'none' })).found, false);
}

async function metadata(address) {
  const sent = new grpc.Metadata();
  sent.add('x-text', 'a b~');
  sent.add('x-every-bin', Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  sent.add('x-pad-bin', Buffer.from('1'));
  sent.add('x-pad-bin', Buffer.from('12'));
  const answer = await call(new Client(address).table, 'Get', { key: 'echo' }, sent);
  for (const received of [answer.headers, answer.trailers]) {
    for (const name of ['x-text', 'x-every-bin', 'x-pad-bin']) {
      assert.deepEqual(received.get(name), sent.get(name));
    }
  }
}

async function deadline(address) {
  const events = new Client(address).store.Subscribe({ key_pattern: 'nothing/' }, { deadline: Date.now() + 200 });
  events.resume();
  assert.equal((await next(events, 'data', 'error')).code, grpc.status.DEADLINE_EXCEEDED);
  await step('exceeded');
}

async function cancel(address) {
  const events = new Client(address).store.Subscribe({ key_pattern: 'nothing/' });
  events.resume();
  await next(events, 'metadata');
  await step('subscribed');
  const ended = next(events, 'error');
  events.cancel();
  assert.equal((await ended).code, grpc.status.CANCELLED);
  await step('cancelled');
}

async function restart(address) {
  const client = new Client(address).store;
  assert.equal((await call(client, 'Get', { key: 'none' })).found, false);
  await step('up');
  assert.equal((await errorOf(call(client, 'Get', { key: 'none' }))).code, grpc.status.UNAVAILABLE);
  await step('down');
  const patient = new grpc.Metadata({ waitForReady: true });
  assert.equal((await call(client, 'Get', { key: 'none' }, patient)).found, false);
}

const scenarios = { bigtablelite, kvstore, subscribe, errors, gzip, metadata, deadline, cancel, restart };
scenarios[process.argv[3]](process.argv[2]).then(
  () => process.exit(0),
  (error) => { console.error(error); process.exit(1); });
