export * from './dist/database.js';
