/** What the function `gate` reads from its environment. */
export const environmentNames = ['DEFINITION_BUCKET'] as const;
