// The npm package smpp as an ESME. Arguments: port, system_id, password.
'use strict';

const smpp = require(process.env.SMPP_PACKAGE);
const wire = require('./wire.js');

const [port, system_id, password] = process.argv.slice(2);
const session = smpp.connect({url: `smpp://127.0.0.1:${port}`}, () => {
  session.bind_transceiver({system_id, password}, (answer) => {
    if (answer.command_status !== 0) throw new Error(`bind refused: ${answer.command_status}`);
    wire.tell('bound', {});
  });
});

session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  if (pdu.esm_class & 4) wire.tell('receipt', wire.fields(pdu.short_message.message));
  else wire.tell('message', wire.read(pdu));
});

wire.obey(({ref, from, to, text}) => {
  for (const part of wire.cut(text)) {
    const submit = {...wire.addresses(from, to), ...part, registered_delivery: 1};
    session.submit_sm(submit, (answer) => wire.tell('accepted', {ref, id: answer.message_id}));
  }
});
