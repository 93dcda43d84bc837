// What the npm package's two programs share: JSON lines, and texts cut and read by it.
'use strict';

const readline = require('readline');

let reference = 0;

exports.tell = (event, facts) => console.log(JSON.stringify({event, ...facts}));

exports.obey = (act) => {
  readline.createInterface({input: process.stdin})
    .on('line', (line) => act(JSON.parse(line)))
    .on('close', () => process.exit(0));
};

// The package chooses the encoding of a part, and writes its header; the cutting is left to us.
exports.cut = (text) => {
  const plain = /^[\x00-\x7f£€]*$/.test(text);
  const [whole, piece] = plain ? [150, 140] : [70, 67];
  if (text.length <= whole) return [{short_message: text}];
  reference += 1;
  const count = Math.ceil(text.length / piece);
  return Array.from({length: count}, (_, index) => ({
    short_message: {
      udh: Buffer.from([5, 0, 3, reference, count, index + 1]),
      message: text.slice(index * piece, (index + 1) * piece),
    },
  }));
};

exports.read = (pdu) => {
  const {message, udh} = pdu.short_message;
  const place = (udh || []).find((element) => element[0] === 0);
  return {
    from: pdu.source_addr,
    to: pdu.destination_addr,
    text: message.toString(),
    part: place ? Array.from(place.slice(-3)) : null,
  };
};

exports.fields = (text) => ({
  id: (/id:(\S+)/.exec(text) || [])[1],
  stat: (/stat:(\S+)/.exec(text) || [])[1],
});

exports.addresses = (from, to) => ({
  source_addr_ton: 1,
  source_addr_npi: 1,
  source_addr: from,
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: to,
});
