/**
 * Questions that look at the whole library, answered without holding up others.
 * Source: our own. Deviation: none.
 */
export { Inquirer, type InquirerOptions } from './inquirer.ts';
export type { Answers, Inquiries, InquiryKind, ListPage, ListRequest } from './inquiry.ts';
