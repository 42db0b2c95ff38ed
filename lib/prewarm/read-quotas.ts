import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import { paginateListServiceQuotas, type ServiceQuota } from '@aws-sdk/client-service-quotas';
import type { Clients } from './clients.ts';
import { concurrencyCode, type Quota, type QuotaReading } from './reading.ts';

/**
 * What this account may have of each. A quota whose code we do not know is looked for by its name. `allowed` is
 * null where Service Quotas has neither.
 */
export async function readQuotas(clients: Clients, quotas: readonly Quota[]): Promise<QuotaReading[]> {
  const services = new Set(quotas.filter((one) => !isConcurrency(one)).map((one) => one.serviceCode));
  const [concurrency, ...lists] = await Promise.all([
    quotas.some(isConcurrency) ? readConcurrency(clients) : null,
    ...[...services].map((service) => readService(clients, service)),
  ]);
  const published = lists.flat();
  return quotas.map((quota) => {
    if (isConcurrency(quota)) return { quota, allowed: concurrency };
    const found = published.find(
      ({ ServiceCode, QuotaCode, QuotaName }) =>
        ServiceCode === quota.serviceCode &&
        (quota.code === null ? QuotaName === quota.quota : QuotaCode === quota.code),
    );
    return { quota, allowed: found?.Value ?? null };
  });
}

/** Lambda says itself what it applies. */
const isConcurrency = ({ code }: Quota): boolean => code === concurrencyCode;

async function readConcurrency({ lambda }: Clients): Promise<number> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  return AccountLimit?.ConcurrentExecutions ?? 0;
}

async function readService({ quotas: client }: Clients, ServiceCode: string): Promise<ServiceQuota[]> {
  const quotas: ServiceQuota[] = [];
  for await (const page of paginateListServiceQuotas({ client }, { ServiceCode, MaxResults: 100 })) {
    quotas.push(...(page.Quotas ?? []));
  }
  return quotas;
}
