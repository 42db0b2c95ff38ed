/** What the canary reads from its environment. */
export const environmentNames = ['SERVICE_ORIGIN'] as const;
