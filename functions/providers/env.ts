/** What the function `providers` reads from its environment. */
export const environmentNames = ['DEFINITION_BUCKET'] as const;
