// This library has a copy of reflect-metadata of its own.
import 'reflect-metadata';

export { VenuesController } from './venues.controller.js';
