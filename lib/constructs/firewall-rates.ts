import { edgeLimits as limits } from '../edge-limits.ts';
import { pathPatterns } from '../edge-paths.ts';
import { and, not, type PlainRule, path, refuse, type Statement } from './firewall-statements.ts';

/**
 * On a request of a browser that proved itself, which Bot Control found out: asked after it, therefore.
 * (AWS, "Types of token labels".)
 */
const hasToken: Statement = { labelMatchStatement: { scope: 'LABEL', key: 'awswaf:managed:token:accepted' } };
/** A label for each browser that proved itself. */
const tokenIds = 'awswaf:managed:token:id:';

/** When a client that was too fast may come back: WAF's counts are as late as this, half over. */
const tooMany = refuse('too-many-attempts', { 'Retry-After': '60' });

/** By address alone, and the first of all: what comes after it is priced by the request. */
export const rateOfAddresses: PlainRule = {
  name: 'requests-per-address',
  statement: {
    rateBasedStatement: {
      aggregateKeyType: 'IP',
      limit: limits.requestsPerAddress,
      evaluationWindowSec: limits.windowSeconds,
    },
  },
  action: tooMany,
};

/**
 * A vote is never challenged: WAF answers a challenge to anything that is no page with status 202
 * (AWS, "ChallengeAction"), which is what an accepted vote gets too. Pages are, from an address that many
 * share, before the votes of those who opened them could meet their limit; with the token that a browser
 * gets then it is counted for itself.
 */
export const ratesOfClients: readonly PlainRule[] = [
  {
    name: 'challenge-pages',
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'IP',
        limit: limits.pagesPerAddress,
        evaluationWindowSec: limits.windowSeconds,
        scopeDownStatement: path(pathPatterns.pages),
      },
    },
    action: { challenge: {} },
  },
  {
    name: 'passes-per-address',
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'IP',
        limit: limits.passesPerAddress,
        evaluationWindowSec: limits.windowSeconds,
        scopeDownStatement: path('/passes$'),
      },
    },
    action: tooMany,
  },
  {
    name: 'requests-per-token',
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'CUSTOM_KEYS',
        customKeys: [{ labelNamespace: { namespace: tokenIds } }],
        limit: limits.requestsPerToken,
        evaluationWindowSec: limits.windowSeconds,
        scopeDownStatement: hasToken,
      },
    },
    action: tooMany,
  },
  {
    name: 'requests-per-unknown-client',
    statement: {
      rateBasedStatement: {
        aggregateKeyType: 'CUSTOM_KEYS',
        customKeys: [{ ip: {} }, { ja4Fingerprint: { fallbackBehavior: 'MATCH' } }],
        limit: limits.requestsPerUnknownClient,
        evaluationWindowSec: limits.windowSeconds,
        scopeDownStatement: and(path('^/v1/'), not(hasToken)),
      },
    },
    action: tooMany,
  },
];
