export default async function globalTeardown() {
  await globalThis.databasePreparation?.stop();
}
