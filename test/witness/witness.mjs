// Takes one JSON question a line on standard input and answers each with one line
// of JSON on standard output. The one argument is the path of a file beside the
// node_modules to use; it need not exist.

import { createInterface } from 'node:readline';
import { connect } from 'node:tls';

import { vendorClients } from './clients.mjs';

const clients = vendorClients(process.argv[2]);

async function answer(question) {
  try {
    return await (question.handshake ? handshake(question.handshake) : clients[question.client](question));
  } catch (failure) {
    return { failure: told(failure) };
  }
}

// told is what the clients tell of a refusal, each in its own place. Messages are
// left out: with signature V1 a wrong signature's repeats the private key.
function told(failure) {
  if (!failure.code) {
    throw failure; // a mistake in here, or an answer that the client cannot read
  }
  const data = failure.data ?? {};
  return {
    code: failure.code,
    requestID: data.RequestId ?? data.requestId,
    status: failure.statusCode ?? data.statusCode ?? failure.entry?.response.statusCode,
  };
}

// handshake asks the edge for a name, and trusts one authority alone.
function handshake({ address, name, authority }) {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: name, ca: authority }, () => {
      const { fingerprint256 } = socket.getPeerX509Certificate();
      socket.end();
      resolve({ fingerprint: fingerprint256.replaceAll(':', '').toLowerCase() });
    });
    socket.on('error', reject);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
