/** What the function `maintenance` reads from its environment. */
export const environmentNames = ['DATABASE_URL', 'DEFINITION_BUCKET'] as const;
