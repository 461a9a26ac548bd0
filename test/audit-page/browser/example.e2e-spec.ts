import { demoAccounts, SeedModule, SeedService } from '@singr/database';
import type { Browser, Page } from 'playwright-core';
import { ApiModule } from '../../../examples/api/src/api.module.js';
import { useDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { accessibilityProblems, describeInBrowser, openBrowser } from './browser.js';

const { admin, customer } = demoAccounts;

describeInBrowser('the audit page of the example', () => {
  const database = useDatabase();
  let app: TestApp;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    app = await createTestApp(database, { imports: [SeedModule, ApiModule] });
    await app.get(SeedService).run();
    browser = await openBrowser();
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
  });

  afterEach(() => page.context().close());

  async function signIn({ email, password }: { email: string; password: string }): Promise<void> {
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Changed last' }).waitFor();
  }

  /** Changes a venue as the customer, with a token of its own. */
  async function changeAddress(address: string): Promise<void> {
    const { email, password } = customer;
    const session = await app.request('POST', '/sessions', { body: { email, password } });
    const headers = { authorization: `Bearer ${session.body.token}` };
    const { body } = await app.request('GET', '/venues', { headers });
    const path = `/venues/${body.items[0].id}`;
    const { status } = await app.request('PATCH', path, { body: { address }, headers });
    expect(status).toBe(200);
  }

  it('signs staff in, who undo a change of a customer', async () => {
    await changeAddress('9 Wrong Road');
    await page.goto(`${app.url}/audit#/find`);
    await page.waitForURL(/\/sign-in\?return=/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await signIn(admin);
    await page.getByRole('link', { name: /Test Karaoke Bar/ }).click();
    await page.locator('summary', { hasText: 'Test Customer changed Address' }).click();
    await page.getByRole('button', { name: /^Undo this change/ }).click();
    await page.getByRole('button', { name: 'Put back Address', exact: true }).click();
    await page.getByText('Address of Test Karaoke Bar is put back.').waitFor();
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('says for whom staff acts, and shows what a customer may see', async () => {
    await page.goto(`${app.url}/audit`);
    await page.waitForURL(/\/sign-in\?return=/);
    await signIn(admin);
    await page.getByRole('link', { name: 'Act for a customer' }).click();
    await page.getByLabel(/e-mail address/).fill(customer.email);
    await page.getByLabel('Reason').fill('asked by phone');
    await page.getByRole('button', { name: 'Begin' }).click();
    const banner = page.getByRole('complementary', { name: 'Acting for somebody' });
    await banner.getByText('Admin User acts for Test Customer.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Changed last' }).waitFor();
    expect(await page.getByLabel('In').locator('option').allInnerTexts()).toHaveLength(2);
    await page.getByRole('link', { name: /Test Karaoke Bar/ }).click();
    await page.getByRole('heading', { name: 'Test Karaoke Bar', level: 1 }).waitFor();
    expect(await page.getByRole('button', { name: /undo|put back/i }).count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});
