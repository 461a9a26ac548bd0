import { normalizeText, songFingerprint } from '@singr/database';

describe('normalizeText()', () => {
  it.each([
    ['Michał Łzy', 'michal lzy'],
    ['Straße, STRAẞE', 'strasse, strasse'],
    ['Sæglópur, Þú, Ørsted, Œuvre', 'saeglopur, thu, orsted, oeuvre'],
    ['Đorđević', 'dordevic'],
    ['Işık', 'isik'],
    ['Группа крови', 'gruppa krovi'],
    ['Русский щавель', "russkiy shchavel'"],
    ['Алла Пугачёва', 'alla pugacheva'],
    ['Χάρις Αλεξίου', 'haris alexiou'],
    ['Ζορμπάς, Νταλάρας, Άγγελος', 'zorbas, dalaras, angelos'],
    ['サクラ', 'さくら'],
    ['ﾏﾂｹﾝ', 'まつけん'],
    ['ハート', 'はーと'],
    ['Ke$ha, A$AP, Ty Dolla $ign', 'kesha, asap, ty dolla sign'],
    ['A$$, $$ign, Ca$$$h, $$$ 100$$', 'ass, ssign, casssh, $$$ 100$$'],
    ['$100 for P!nk!', '$100 for pink!'],
    ['Don’t “stop” – ¿qué?', 'don\'t "stop" - ?que?'],
  ])('converts %j to %j', (text, normalized) => {
    expect(normalizeText(text)).toBe(normalized);
    expect(normalizeText(normalized)).toBe(normalized);
  });

  it.each([
    ['か', 'が'],
    ['は', 'ぱ'],
    ['愛', '恋'],
    ['$1', 'S1'],
  ])('keeps %j and %j apart', (one, other) => {
    expect(normalizeText(one)).not.toBe(normalizeText(other));
  });
});

it('gives all spellings of a song one fingerprint', () => {
  const spellings: [string, string][] = [
    ['P!nk', 'Don’t Let Me Get Me'],
    ['PINK', "Don't Let Me Get Me"],
  ];
  expect(new Set(spellings.map(([artist, title]) => songFingerprint(artist, title))).size).toBe(1);
  expect(songFingerprint('Кино', 'Группа крови')).toBe(songFingerprint('Kino', 'Gruppa krovi'));
});
