/** The name under which everything of ours is written, as `metadata.managedFields` remembers it. */
export const fieldManager = 'plimsoll';

/** The query of our writes: who writes, and that a field which the server does not know is an error instead of lost. */
export const writeQuery = { fieldManager, fieldValidation: 'Strict' } as const;
