// An authorization server (npm oidc-provider) on a free port of loopback, for the tests: clients with a secret and SMART backend services whose
// assertions it really verifies. Makes the services' keys in the folder that it is given (rs384.pem, es384.json, stranger.pem: a key that nobody
// registered), prints its issuer URL and runs until SIGTERM. Tokens of "clinic_short" live for two seconds.
//
//   node provider.mjs FOLDER
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
const installed = createRequire(join(process.env.LAKEFLOW_AUTHORIZATION_SERVER, 'package.json'));
const { Provider } = await import(pathToFileURL(installed.resolve('oidc-provider')).href);

const write = (name, text) => writeFileSync(join(folder, name), text, { mode: 0o600 });
const pem = (key) => key.export({ type: 'pkcs8', format: 'pem' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-384' });
write('rs384.pem', pem(rsa.privateKey));
write('es384.json', JSON.stringify({ ...elliptic.privateKey.export({ format: 'jwk' }), kid: 'es384' }));
write('stranger.pem', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey));

const all = 'system/*.rs';
const client = (client_id, method, more) => ({
  client_id, token_endpoint_auth_method: method, grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: all, ...more,
});
const key = (pair, kid, alg) => ({ jwks: { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }] }, token_endpoint_auth_signing_alg: alg });
const secret = 'made up: not a secret';
const clients = [
  client('clinic_basic', 'client_secret_basic', { client_secret: secret }),
  client('clinic_body', 'client_secret_post', { client_secret: secret }),
  client('clinic_short', 'client_secret_basic', { client_secret: secret }),
  client('clinic_rs384', 'private_key_jwt', key(rsa, 'rs384', 'RS384')),
  client('clinic_es384', 'private_key_jwt', key(elliptic, 'es384', 'ES384')),
  client('clinic_patients', 'private_key_jwt', { ...key(rsa, 'rs384', 'RS384'), scope: 'system/Patient.rs' }),
  client('simulator', 'client_secret_basic', { client_secret: 'simulator' }),
];

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    scopes: [all, 'system/Patient.rs', 'system/Observation.rs'],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      devInteractions: { enabled: false },
    },
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
    ttl: { ClientCredentials: (ctx, token, { clientId }) => (clientId === 'clinic_short' ? 2 : 300) },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.on('SIGTERM', () => process.exit(0));
