import { z } from 'zod';

export const issueKeySchema = z.strictObject({
  description: z.string().trim().min(1).max(200).meta({ example: "OpenKJ on the bar's computer" }),
});
export type IssueKey = z.output<typeof issueKeySchema>;

export const issuedKeySchema = z.object({
  id: z.uuid(),
  key: z.string().describe('The key. It is shown only once, because only its hash is stored.'),
});
