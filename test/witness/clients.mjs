// The vendor's clients, each behind the same function: it makes the call that is
// asked for and returns the answer's body.

import { createRequire } from 'node:module';

// Clients are created per call, as a program that is started for one would do.
export function vendorClients(modules) {
  const require = createRequire(modules);
  const generic = require('@alicloud/openapi-client');
  const PopCore = require('@alicloud/pop-core');
  return {
    'pop-core': (asked) => callPopCore(PopCore, asked),
    'openapi-client': (asked) => callGeneric(generic, asked),
    'cdn20180510': (asked) => callTyped(require('@alicloud/cdn20180510'), asked),
    'dcdn20180115': (asked) => callTyped(require('@alicloud/dcdn20180115'), asked),
    'cas20200407': (asked) => callTyped(require('@alicloud/cas20200407'), asked),
  };
}

// callPopCore signs with V1; with GET it puts every parameter into the URL.
async function callPopCore(PopCore, { endpoint, key, version, action, via, parameters }) {
  const client = new PopCore({
    endpoint: `http://${endpoint}`,
    apiVersion: version,
    accessKeyId: key.id,
    accessKeySecret: key.secret,
    securityToken: key.token,
  });
  try {
    return { body: await client.request(action, parameters, { method: via }) };
  } finally {
    client.keepAliveAgent.destroy();
  }
}

// callGeneric signs with V3, with the parameters in the query or in a form.
async function callGeneric({ default: Client, Config, OpenApiRequest, Params }, asked) {
  const client = new Client(new Config(access(asked)));
  const operation = new Params({
    action: asked.action,
    version: asked.version,
    protocol: 'HTTP',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const request = new OpenApiRequest(asked.via === 'form' ? { body: asked.parameters } : { query: asked.parameters });
  const answer = await client.callApi(operation, request, {});
  return { body: answer.body };
}

// callTyped calls one product's client, which signs with V3, puts the parameters
// into the query and casts the answer into its own types. Both the answer as it
// arrived and what the types kept of it are returned: where they differ, the
// simulator sent a field that the product does not have, or one of another type.
async function callTyped(product, asked) {
  const client = new product.default(access(asked));
  const callApi = client.callApi.bind(client);
  let arrived;
  client.callApi = async (...call) => {
    const answer = await callApi(...call);
    arrived = structuredClone(answer.body);
    return answer;
  };
  const method = asked.action[0].toLowerCase() + asked.action.slice(1);
  const Request = product[`${asked.action}Request`];
  const cast = await (Request ? client[method](typedRequest(Request, asked.parameters)) : client[method]());
  return { body: arrived, typed: cast.body.toMap() };
}

// typedRequest fills a request by the parameters' names on the wire.
function typedRequest(Request, parameters) {
  const properties = Object.fromEntries(Object.entries(Request.names()).map(([property, name]) => [name, property]));
  const request = new Request({});
  for (const [name, value] of Object.entries(parameters)) {
    if (!(name in properties)) {
      throw new Error(`${Request.name} has no ${name}`);
    }
    request[properties[name]] = value;
  }
  return request;
}

function access({ endpoint, key }) {
  return {
    accessKeyId: key.id,
    accessKeySecret: key.secret,
    securityToken: key.token,
    endpoint,
    protocol: 'HTTP',
  };
}
