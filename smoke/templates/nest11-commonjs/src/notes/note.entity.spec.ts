import { Note } from './note.entity';

describe('a note', () => {
  it('has its first line for a title', () => {
    expect(Object.assign(new Note(), { text: 'Too high\nfor me' }).title).toBe('Too high');
  });
});
