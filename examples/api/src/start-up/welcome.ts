import type { DemoCredential, Venue } from '@singr/database';

/**
 * Prints how to try the application: the URLs, the demo accounts, and three lines to paste into a shell.
 */
export function welcome(
  url: string,
  credentials: readonly DemoCredential[],
  venue: Venue | null,
): string {
  const accounts = credentials.map(
    ({ label, email, password }) => `  ${label.padEnd(9)} ${email} / ${password}`,
  );
  return [
    '',
    `Singr example API   ${url}`,
    `Documentation       ${url}/docs`,
    `Audit trail         ${url}/audit`,
    `For OpenKJ          ${url}/openkj`,
    `Health              ${url}/health`,
    ...section('Demo accounts', accounts),
    ...section('Try it', curlLines(url, credentials, venue)),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

/** Signs in as a user who may change the venue, renames it, and shows in its trail who did so. */
function curlLines(
  url: string,
  credentials: readonly DemoCredential[],
  venue: Venue | null,
): string[] {
  const account = credentials.find(({ label }) => label === 'Customer') ?? credentials[0];
  if (account === undefined || venue === null) return [];
  const { email, password } = account;
  const readToken = `node -pe 'JSON.parse(fs.readFileSync(0)).token'`;
  return [
    `TOKEN=$(curl -s ${url}/sessions -H 'content-type: application/json' -d '${JSON.stringify({ email, password })}' | ${readToken})`,
    `curl -s -X PATCH ${url}/venues/${venue.id} -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"name":"Singing Cowboy Saloon"}'`,
    `curl -s '${url}/audit/api/entries?table=venues&id=${venue.id}' -H "authorization: Bearer $TOKEN"`,
  ];
}
