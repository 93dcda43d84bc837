// The npm package smpp as an SMSC that reports every segment as delivered. Argument: port.
'use strict';

const smpp = require(process.env.SMPP_PACKAGE);
const wire = require('./wire.js');

let bound = null;
let last = 0;

const server = smpp.createServer((session) => {
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response({system_id: 'npm'}));
    bound = session;
    wire.tell('bound', {});
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => session.send(pdu.response(), () => session.close()));
  session.on('error', () => {});
  session.on('submit_sm', (pdu) => {
    last += 1;
    const id = `npm-${last}`;
    session.send(pdu.response({message_id: id}));
    wire.tell('submitted', {...wire.read(pdu), id});
    const text = `id:${id} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 ` +
      'stat:DELIVRD err:000 text:';
    const addresses = wire.addresses(pdu.destination_addr, pdu.source_addr);
    session.deliver_sm({...addresses, esm_class: 4, short_message: text});
  });
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => wire.tell('listening', {}));

wire.obey(({ref, from, to, text}) => {
  for (const part of wire.cut(text)) {
    const deliver = {...wire.addresses(from, to), ...part};
    bound.deliver_sm(deliver, (answer) => wire.tell('accepted', {ref, id: answer.command_status}));
  }
});
