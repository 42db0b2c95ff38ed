import { type CodeHasher, createCodeHasher } from '../adapters/access-code.ts';
import { createS3Client } from '../adapters/aws-clients.ts';
import { createBlindSigner } from '../adapters/blind-signer.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createIdTokenVerifier } from '../adapters/id-tokens.ts';
import { createLog } from '../adapters/log.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { createVoterRoll } from '../adapters/postgres/voter-roll-store.ts';
import { createProviderKeys } from '../adapters/provider-keys.ts';
import { readSecret } from '../adapters/secrets.ts';
import { readEnvironment } from '../core/environment.ts';
import { passKeyName } from '../core/pass-issue.ts';
import type { CodeVerifier } from '../core/ports.ts';
import type { IssuerDependencies } from './app.ts';
import { environmentNames } from './env.ts';

const connectionsMax = 4;
/** Longer than a statement of the role may take (5 s, in the migrations), shorter than the function (10 s). */
const answerMsMax = 6_000;

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireIssuer(): IssuerDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('issuer');
  const s3 = createS3Client();
  const clock = Date.now;
  const pool = createPool({
    url: env.DATABASE_URL,
    connectionsMax,
    applicationName: 'ballotstream-issuer',
    answerMsMax,
  });
  return {
    definitions: createDefinitionSource({ s3, bucket: env.DEFINITION_BUCKET, clock, log }),
    roll: createVoterRoll(pool),
    codes: loadCodes(env.ACCESS_CODE_KEY),
    idTokens: createIdTokenVerifier(createProviderKeys(s3, env.DEFINITION_BUCKET), clock),
    signer: createBlindSigner(({ definition }, region, keyId) =>
      readSecret(`${env.PASS_KEYS}${passKeyName(definition.election, region, keyId)}`),
    ),
    clock,
    log,
  };
}

/** The key is read when it is first needed, and again after it could not be. */
function loadCodes(reference: string): CodeVerifier {
  let hasher: Promise<CodeHasher> | undefined;
  const load = () => {
    hasher ??= readSecret(reference).then((text) => createCodeHasher(Buffer.from(text.trim(), 'base64')));
    hasher.catch(() => {
      hasher = undefined;
    });
    return hasher;
  };
  return { matches: async (...given) => (await load()).matches(...given) };
}
