// Twilio's Node SDK as a customer's program: unchanged, but for the base URL of each product.
// Argument: the facts as JSON. Tells, by flow, whether it came true.
'use strict';

const assert = require('assert/strict');
const http = require('http');
const {setTimeout: pause} = require('timers/promises');
const twilio = require(process.env.TWILIO_PACKAGE);
const wire = require('./wire.js');

const PRODUCTS = ['accounts', 'api', 'iam', 'lookups', 'messaging', 'monitor', 'pricing', 'verify'];
const PATIENCE_MS = 30000;
const SETTLED_MS = 2500; // every process knows a change within two seconds
const facts = JSON.parse(process.argv[2]);
const requests = []; // what was posted to us: {path, params, isSigned}
let ourUrl;

// A client that talks to the platform under test.
const connect = (username, password, options) => {
  const client = twilio(username, password, options);
  for (const product of PRODUCTS) client[product].baseUrl = facts.api_url;
  return client;
};
const client = connect(facts.account_sid, facts.auth_token);

const until = async (what, claim) => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await claim();
    if (found) return found;
    assert.ok(Date.now() < deadline, `not within ${PATIENCE_MS / 1000} s: ${what}`);
    await pause(100);
  }
};

const refused = async (code, promise) => {
  const error = await promise.then(() => null, (thrown) => thrown);
  assert.ok(error, `should be refused with ${code}`);
  assert.equal(error.code, code, error.message);
};

const handset = (number) => `${facts.simulator_url}/handsets/${number.slice(1)}/messages`;
const inbox = async (number) => (await (await fetch(handset(number))).json()).data;
const handsetSends = (number, to, text) => fetch(handset(number), {
  method: 'POST',
  headers: {'content-type': 'application/json'},
  body: JSON.stringify({to, text}),
});
const send = (to, body, more = {}) =>
  client.messages.create({to, from: facts.number, body, ...more});
const reaches = (sid, status) => until(`${sid} is ${status}`, async () => {
  const message = await client.messages(sid).fetch();
  return message.status === status && message;
});

// Keeps what is posted to us, checked by the SDK; answers an inbound message with its TwiML.
const receive = (request, response) => {
  let body = '';
  request.on('data', (piece) => { body += piece; });
  request.on('end', () => {
    const params = Object.fromEntries(new URLSearchParams(body));
    const signature = request.headers['x-twilio-signature'] || '';
    const url = ourUrl + request.url;
    const isSigned = twilio.validateRequest(facts.auth_token, signature, url, params);
    requests.push({path: request.url, params, isSigned});
    if (request.url !== '/inbound') return response.writeHead(204).end();
    const answer = new twilio.twiml.MessagingResponse();
    answer.message(`We have read: ${params.Body}`);
    return response.writeHead(200, {'content-type': 'text/xml'}).end(answer.toString());
  });
};

const flows = {
  'send, signed callbacks': async () => {
    const made = await send(facts.handsets[0], 'Hello', {statusCallback: `${ourUrl}/status?a=1`});
    assert.equal(made.status, 'queued');
    assert.ok(made.dateCreated instanceof Date);
    const told = () => requests.filter(({params}) => params.MessageSid === made.sid);
    await until('the callback of delivered', () =>
      told().some(({params}) => params.MessageStatus === 'delivered'));
    assert.deepEqual(told().map(({params}) => params.MessageStatus), ['sent', 'delivered']);
    assert.ok(told().every(({isSigned}) => isSigned), 'validateRequest refuses a signature');
    assert.equal((await client.messages(made.sid).fetch()).status, 'delivered');
  },
  'list and page': async () => {
    const sids = [];
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      sids.unshift((await send(facts.handsets[1], text)).sid);
    }
    const listed = await client.messages.list({to: facts.handsets[1], pageSize: 2});
    assert.deepEqual(listed.map(({sid}) => sid), sids);
    const first = await client.messages.page({to: facts.handsets[1], pageSize: 2});
    const second = await first.nextPage();
    assert.deepEqual(second.instances.map(({sid}) => sid), sids.slice(2, 4));
    const back = await second.previousPage();
    assert.deepEqual(back.instances.map(({sid}) => sid), sids.slice(0, 2));
    assert.equal((await client.messages.list({to: facts.handsets[1], limit: 3})).length, 3);
  },
  'messaging service': async () => {
    const service = await client.messaging.v1.services.create({friendlyName: 'Alerts'});
    const [number] = await client.incomingPhoneNumbers.list({phoneNumber: facts.pooled});
    const pool = client.messaging.v1.services(service.sid).phoneNumbers;
    await pool.create({phoneNumberSid: number.sid});
    assert.deepEqual((await pool.list()).map(({phoneNumber}) => phoneNumber), [facts.pooled]);
    const made = await client.messages.create({
      to: facts.handsets[2], messagingServiceSid: service.sid, body: 'By a service',
    });
    assert.equal(made.status, 'accepted');
    assert.equal((await reaches(made.sid, 'delivered')).from, facts.pooled);
    facts.service = service.sid;
  },
  'schedule and cancel': async () => {
    const made = await client.messages.create({
      to: facts.handsets[2],
      messagingServiceSid: facts.service,
      body: 'Tomorrow',
      scheduleType: 'fixed',
      sendAt: new Date(Date.now() + 24 * 3600 * 1000),
    });
    assert.equal(made.status, 'scheduled');
    const canceled = await client.messages(made.sid).update({status: 'canceled'});
    assert.equal(canceled.status, 'canceled');
    await refused(30409, client.messages(made.sid).update({status: 'canceled'}));
  },
  'inbound, TwiML reply': async () => {
    const [number] = await client.incomingPhoneNumbers.list({phoneNumber: facts.number});
    await client.incomingPhoneNumbers(number.sid).update({smsUrl: `${ourUrl}/inbound`});
    await pause(SETTLED_MS);
    await handsetSends(facts.handsets[3], facts.number, 'ទឹកឡើង @ 5 €');
    const {params, isSigned} = await until('the inbound webhook', () =>
      requests.find(({path}) => path === '/inbound'));
    assert.ok(isSigned, 'validateRequest refuses the signature');
    assert.equal(params.Body, 'ទឹកឡើង @ 5 €');
    assert.equal(params.From, facts.handsets[3]);
    await until('the reply', async () =>
      (await inbox(facts.handsets[3])).some(({text}) => text === 'We have read: ទឹកឡើង @ 5 €'));
    const [reply] = await client.messages.list({to: facts.handsets[3], limit: 1});
    assert.equal(reply.direction, 'outbound-reply');
  },
  'buy and configure a number': async () => {
    const found = await client.availablePhoneNumbers('US').local.list({areaCode: 202, limit: 20});
    const {phoneNumber} = found.find((one) => one.phoneNumber === facts.for_sale);
    const bought = await client.incomingPhoneNumbers.create({phoneNumber});
    const changed = await client.incomingPhoneNumbers(bought.sid)
      .update({friendlyName: 'Hotline', smsUrl: `${ourUrl}/sms`, smsMethod: 'GET'});
    assert.deepEqual([changed.friendlyName, changed.smsMethod], ['Hotline', 'GET']);
    await refused(21422, client.incomingPhoneNumbers.create({phoneNumber}));
    assert.equal(await client.incomingPhoneNumbers(bought.sid).remove(), true);
  },
  'opt-out, 21610': async () => {
    await handsetSends(facts.handsets[4], facts.number, 'STOP');
    await until('the confirmation', async () => (await inbox(facts.handsets[4])).length > 0);
    await pause(SETTLED_MS);
    await refused(21610, send(facts.handsets[4], 'Unwanted'));
    await handsetSends(facts.handsets[4], facts.number, 'START');
    await until('the welcome', async () => (await inbox(facts.handsets[4])).length > 1);
    await pause(SETTLED_MS);
    await reaches((await send(facts.handsets[4], 'Wanted again')).sid, 'delivered');
  },
  'subaccount, API key': async () => {
    const child = await client.api.v2010.accounts.create({friendlyName: 'District'});
    assert.equal(child.ownerAccountSid, facts.account_sid);
    assert.deepEqual(await connect(child.sid, child.authToken).messages.list(), []);
    const key = await client.newKeys.create({friendlyName: 'Program'});
    const byKey = connect(key.sid, key.secret, {accountSid: facts.account_sid});
    const made = await byKey.messages.create({
      to: facts.handsets[5], from: facts.number, body: 'By a key',
    });
    assert.equal(made.accountSid, facts.account_sid);
    await client.keys(key.sid).remove();
    await pause(SETTLED_MS);
    await refused(20003, byKey.messages.list({limit: 1}));
    const closed = await client.api.v2010.accounts(child.sid).update({status: 'closed'});
    assert.equal(closed.status, 'closed');
  },
  'lookup v2': async () => {
    const found = await client.lookups.v2.phoneNumbers('+14159929960')
      .fetch({fields: 'line_type_intelligence'});
    assert.deepEqual([found.valid, found.countryCode], [true, 'US']);
    assert.equal(found.nationalFormat, '(415) 992-9960');
    const bad = await client.lookups.v2.phoneNumbers('+1415').fetch();
    assert.deepEqual([bad.valid, bad.validationErrors], [false, ['TOO_SHORT']]);
  },
  'verify v2': async () => {
    const service = await client.verify.v2.services.create({friendlyName: 'Clinic'});
    const {verifications, verificationChecks} = client.verify.v2.services(service.sid);
    const [to, channel] = [facts.handsets[6], 'sms'];
    assert.equal((await verifications.create({to, channel})).status, 'pending');
    const [{text}] = await until('the code', async () => {
      const texts = await inbox(to);
      return texts.length > 0 && texts;
    });
    const [code] = /\d{6}/.exec(text);
    const wrong = await verificationChecks.create({to, code: code === '000000' ? '1' : '000000'});
    assert.deepEqual([wrong.status, wrong.valid], ['pending', false]);
    const right = await verificationChecks.create({to, code});
    assert.deepEqual([right.status, right.valid], ['approved', true]);
    await refused(20404, verificationChecks.create({to, code}));
  },
  'media, feedback, redact, delete': async () => {
    const {sid} = await send(facts.handsets[7], 'A secret', {provideFeedback: true});
    await reaches(sid, 'delivered');
    assert.deepEqual(await client.messages(sid).media.list(), []);
    const feedback = await client.messages(sid).feedback.create({outcome: 'confirmed'});
    assert.equal(feedback.outcome, 'confirmed');
    assert.equal((await client.messages(sid).update({body: ''})).body, '');
    assert.equal(await client.messages(sid).remove(), true);
    await refused(20404, client.messages(sid).fetch());
  },
};

const server = http.createServer(receive).listen(0, '127.0.0.1', async () => {
  ourUrl = `http://127.0.0.1:${server.address().port}`;
  for (const [flow, run] of Object.entries(flows)) {
    try {
      await run();
      wire.tell('flow', {flow, fault: ''});
    } catch (error) {
      wire.tell('flow', {flow, fault: String(error.message).split('\n').slice(0, 4).join(' ')});
    }
  }
  wire.tell('end', {});
});

wire.obey(() => {}); // ends with who started us
