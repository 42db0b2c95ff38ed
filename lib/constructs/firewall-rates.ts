import { passFingerprintHeader, passFingerprintPattern } from '../../schema/wire/pass-fingerprint.ts';
import { edgeLimits as limits } from '../edge-limits.ts';
import { pathPatterns } from '../edge-paths.ts';
import {
  and,
  header,
  method,
  not,
  type PlainRule,
  path,
  type Rate,
  type RateKey,
  refuse,
  type Statement,
  untransformed,
} from './firewall-statements.ts';

/**
 * On a request of a browser that proved itself, which Bot Control found out: asked after it, therefore.
 * (AWS, "Types of token labels".)
 */
const hasToken: Statement = { labelMatchStatement: { scope: 'LABEL', key: 'awswaf:managed:token:accepted' } };

/** A label for each browser that proved itself. */
const byToken = byKeys({ labelNamespace: { namespace: 'awswaf:managed:token:id:' } });
/** Not the address alone: who shares it does not pay for a neighbour's script. */
const byClient = byKeys({ ip: {} }, { ja4Fingerprint: { fallbackBehavior: 'MATCH' } });
const byAddress: Rate = { aggregateKeyType: 'IP' };

/** By address alone, and the first of all: what comes after it is priced by the request. */
export const rateOfAddresses: PlainRule = tooMany(
  'requests-per-address',
  byAddress,
  limits.requestsPerAddress,
);

/** Not what a browser asks before it sends (OPTIONS): that says nothing yet. */
const sent = (what: 'votes' | 'passes'): Statement => and(path(`/${what}$`), method('POST'));
const saysPass = header(passFingerprintHeader, passFingerprintPattern);

/**
 * A pass has a limit of its own, whatever addresses it is used from. WAF cannot count by a member of a JSON body ("Aggregating
 * rate-based rules": addresses, headers, labels …), so a client says in a header which pass it is; ingest refuses a lie. A lie costs
 * who tells it a 400, and counts by address like anything else. A kiosk's batch has many passes, and a credential.
 */
export const ratesOfVotes: readonly PlainRule[] = [
  tooMany(
    'votes-per-pass',
    byKeys({ header: { name: passFingerprintHeader, textTransformations: untransformed } }),
    limits.votesPerPass,
    and(sent('votes'), saysPass),
  ),
  tooMany(
    'votes-without-fingerprint',
    byClient,
    limits.votesWithoutFingerprint,
    and(sent('votes'), not(saysPass)),
  ),
  // However many addresses a botnet with one pass has.
  tooMany(
    'votes-without-fingerprint-in-all',
    { aggregateKeyType: 'CONSTANT' },
    limits.votesWithoutFingerprintInAll,
    and(sent('votes'), not(saysPass)),
  ),
];

/**
 * A vote is never challenged: WAF answers a challenge to anything that is no page with status 202
 * (AWS, "ChallengeAction"), which is what an accepted vote gets too. Pages are, from an address that many
 * share; with the token that a browser gets then it is counted for itself, and no longer by the address.
 */
export const ratesOfClients: readonly PlainRule[] = [
  {
    ...rate('challenge-pages', byAddress, limits.pagesPerAddress, path(pathPatterns.pages)),
    action: { challenge: {} },
  },
  tooMany('passes-per-token', byToken, limits.passesPerToken, and(sent('passes'), hasToken)),
  tooMany('passes-per-address', byAddress, limits.passesPerAddress, and(sent('passes'), not(hasToken))),
  tooMany('requests-per-token', byToken, limits.requestsPerToken, hasToken),
  tooMany(
    'requests-per-unknown-client',
    byClient,
    limits.requestsPerUnknownClient,
    and(path('^/v1/'), not(hasToken)),
  ),
];

function byKeys(...customKeys: RateKey[]): Rate {
  return { aggregateKeyType: 'CUSTOM_KEYS', customKeys };
}

/** Refuses beyond the limit, and says when a client that was too fast may come back: WAF's counts are as late as half of that. */
function tooMany(name: string, by: Rate, limit: number, scopeDownStatement?: Statement): PlainRule {
  return {
    ...rate(name, by, limit, scopeDownStatement),
    action: refuse('too-many-attempts', { 'retry-after': '60' }),
  };
}

function rate(name: string, by: Rate, limit: number, scopeDownStatement?: Statement): PlainRule {
  return {
    name,
    statement: {
      rateBasedStatement: {
        ...by,
        limit,
        evaluationWindowSec: limits.windowSeconds,
        ...(scopeDownStatement === undefined ? {} : { scopeDownStatement }),
      },
    },
  };
}
