/** What the function `results` reads from its environment. */
export const environmentNames = ['DATABASE_URL', 'DEFINITION_BUCKET'] as const;
