/** The version of the product, as in package.json: a test compares them. Audit records and the CLI state it. */
export const VERSION = '0.1.0';
