/**
 * Queries with the song that should come first, as `query => artist | title`, or with `*` for any song of the
 * artist. An artist of a query with `*` has at least one more song in the list below.
 */
export const queries: Readonly<Record<string, string>> = {
  'names written together, or with symbols': `
    acdc => AC/DC | *
    acdc thunderstruck => AC/DC | Thunderstruck
    thunderstruck acdc => AC/DC | Thunderstruck
    ac dc back in black => AC/DC | Back in Black
    pink so what => P!nk | So What
    p!nk just give me a reason => P!nk | Just Give Me a Reason
    pnk raise your glass => P!nk | Raise Your Glass
    p!nk get the party started => Pink | Get the Party Started
    kesha tik tok => Ke$ha | TiK ToK
    ke$ha praying => Kesha | Praying
    tik tok => Ke$ha | TiK ToK
    will i am => will.i.am | *
    william scream and shout => will.i.am | Scream & Shout
    blink182 => blink-182 | *
    all the small things blink182 => blink-182 | All the Small Things
    blink 182 whats my age again => blink-182 | What's My Age Again?
    ymca => Village People | Y.M.C.A.
    y m c a => Village People | Y.M.C.A.
    jayz 99 problems => Jay-Z | 99 Problems
    99 problems jayz => Jay-Z | 99 Problems
    rem losing my religion => R.E.M. | Losing My Religion
    r e m everybody hurts => R.E.M. | Everybody Hurts
    b52s love shack => The B-52's | Love Shack
    love shack b 52s => The B-52's | Love Shack
    nsync bye bye bye => *NSYNC | Bye Bye Bye
    n sync its gonna be me => *NSYNC | It's Gonna Be Me
    50cent in da club => 50 Cent | In Da Club
    aha take on me => a-ha | Take On Me
    tatu all the things she said => t.A.T.u. | All the Things She Said
    asap rocky praise the lord => A$AP Rocky | Praise the Lord (Da Shine)
    ub40 red red wine => UB40 | Red Red Wine
    ub 40 kingston town => UB40 | Kingston Town
    run dmc its tricky => Run-D.M.C. | It's Tricky
    rundmc walk this way => Run-D.M.C. | Walk This Way
    mia paper planes => M.I.A. | Paper Planes
    mmmbop => Hanson | MMMBop
    mmm bop hanson => Hanson | MMMBop
    u2 with or without you => U2 | With or Without You
    u 2 beautiful day => U2 | Beautiful Day
    cant stop the feeling => Justin Timberlake | Can't Stop the Feeling!
    nothing compares 2 u => Sinéad O'Connor | Nothing Compares 2 U
    gogos our lips are sealed => The Go-Go's | Our Lips Are Sealed
    hey ya outkast => OutKast | Hey Ya!
    uptown girl billyjoel => Billy Joel | Uptown Girl
    ohwhat a night => The Four Seasons | December, 1963 (Oh, What a Night)
    mrbrightside => The Killers | Mr. Brightside
    mr brightside killers => The Killers | Mr. Brightside
    9 to 5 dolly => Dolly Parton | 9 to 5
    nine inch nails hurt => Nine Inch Nails | Hurt
    abc jackson5 => The Jackson 5 | ABC
    a b c jackson 5 => The Jackson 5 | ABC`,
  'letters that do not decompose': `
    michal bajor => Michał Bajor | *
    lzy => Łzy | *
    agnieszka juz dawno => Łzy | Agnieszka już dawno
    slodka ja => Słodki Całus | Słodka ja
    strasse nach norden => Reinhard Mey | Straße nach Norden
    straße nach norden => Reinhard Mey | Straße nach Norden
    weiss wie schnee => Oomph! | Weiß wie Schnee
    sigur ros saeglopur => Sigur Rós | Sæglópur
    saeglopur => Sigur Rós | Sæglópur
    thu ert jordin => Ólafur Arnalds | Þú ert jörðin
    ært minde => Kim Larsen | Ært minde
    papirsklip larsen => Kim Larsen | Papirsklip
    kobenhavn => Rasmus Seebach | København
    københavn => Rasmus Seebach | København
    mo final song => MØ | Final Song
    mø lean on => MØ | Lean On
    coeur de pirate => Cœur de pirate | *
    comme des enfants coeur => Cœur de pirate | Comme des enfants
    dordevic => Bora Đorđević | *
    isik dogudan => Sezen Aksu | Işık Doğudan Yükselir
    sıla kafa => Sıla | Kafa
    sila yan benimle => Sıla | Yan Benimle
    motorhead ace of spades => Motörhead | Ace of Spades
    blue oyster cult reaper => Blue Öyster Cult | (Don't Fear) The Reaper`,
  'hiragana and katakana': `
    さくら組 => サクラ組 | *
    サクラ ふたたび => 森山花 | さくらふたたび
    らいおんはーと => 五人衆 | らいおんハート
    ライオンハート => 五人衆 | らいおんハート
    うただ => ウタダ ミキ | *
    ふぁーすとらぶ => ウタダ ミキ | ファーストラブ
    どらえもん => 星野元 | ドラえもん
    ドラエモン 星野 => 星野元 | ドラえもん
    ﾏﾂｹﾝｻﾝﾊﾞ => マツケン | マツケンサンバ
    まつけんさんば => マツケン | マツケンサンバ`,
  'Cyrillic and Greek, in either script': `
    gruppa krovi => Кино | Группа крови
    группа крови => Кино | Группа крови
    kino zvezda => Кино | Звезда по имени Солнце
    звезда по имени => Кино | Звезда по имени Солнце
    alla pugacheva => Алла Пугачёва | *
    million alyh roz => Алла Пугачёва | Миллион алых роз
    миллион алых роз => Алла Пугачёва | Миллион алых роз
    пугачева => Алла Пугачёва | *
    katyusha => Лидия Русланова | Катюша
    катюша => Лидия Русланова | Катюша
    zemfira hochesh => Земфира | Хочешь?
    земфира хочеш => Земфира | Хочешь?
    ruki vverh => Руки Вверх! | *
    kroshka moya => Руки Вверх! | Крошка моя
    chervona ruta => Софія Ротару | Червона рута
    червона рута => Софія Ротару | Червона рута
    haris alexiou => Χάρις Αλεξίου | *
    μια πιστα => Χάρις Αλεξίου | Μια πίστα από φώσφορο
    thalassa => Νότης | Θάλασσα πλατιά
    θαλασσα πλατια => Νότης | Θάλασσα πλατιά
    zorbas => Μίκης Θεοδωράκης | Ζορμπάς
    theodorakis => Μίκης Θεοδωράκης | *`,
  misspelt: `
    bohemian rapsody => Queen | Bohemian Rhapsody
    bohemain rhapsody => Queen | Bohemian Rhapsody
    boheminan rhapsody quen => Queen | Bohemian Rhapsody
    don't stop me know => Queen | Don't Stop Me Now
    sweet carolin => Neil Diamond | Sweet Caroline
    sweat caroline => Neil Diamond | Sweet Caroline
    sweet carolyn neil dimond => Neil Diamond | Sweet Caroline
    wonderwal oasis => Oasis | Wonderwall
    wonderwell => Oasis | Wonderwall
    hotel califonia => Eagles | Hotel California
    the eagles hotel california => Eagles | Hotel California
    total eclipes of the heart => Bonnie Tyler | Total Eclipse of the Heart
    total eclips of the hart => Bonnie Tyler | Total Eclipse of the Heart
    i will allways love you => Whitney Houston | I Will Always Love You
    whitney huston i will always love you => Whitney Houston | I Will Always Love You
    dancing quen => ABBA | Dancing Queen
    danceing queen abba => ABBA | Dancing Queen
    mama mia => ABBA | Mamma Mia
    fernado abba => ABBA | Fernando
    like a virgn => Madonna | Like a Virgin
    madona vogue => Madonna | Vogue
    girls just wanna have fum => Cyndi Lauper | Girls Just Want to Have Fun
    girls just wanna have fun => Cyndi Lauper | Girls Just Want to Have Fun
    cindy lauper time after time => Cyndi Lauper | Time After Time
    i want to brake free => Queen | I Want to Break Free
    brown eyed girl van morison => Van Morrison | Brown Eyed Girl
    summer of 96 => Bryan Adams | Summer of '69
    brian adams summer of 69 => Bryan Adams | Summer of '69
    piano men => Billy Joel | Piano Man
    stayin alve => Bee Gees | Stayin' Alive
    i will surivve => Gloria Gaynor | I Will Survive
    gloria gainor => Gloria Gaynor | *
    respekt aretha => Aretha Franklin | Respect
    aretha franklyn respect => Aretha Franklin | Respect
    rolling in the deap => Adele | Rolling in the Deep
    adelle someone like you => Adele | Someone Like You
    somone like you => Adele | Someone Like You
    shalow lady gaga => Lady Gaga & Bradley Cooper | Shallow
    lady gaga bad romanse => Lady Gaga | Bad Romance
    poker fase => Lady Gaga | Poker Face
    alanis morisette ironic => Alanis Morissette | Ironic
    you oughta no => Alanis Morissette | You Oughta Know
    zombi cranberries => The Cranberries | Zombie
    cranberies linger => The Cranberries | Linger
    creap radiohead => Radiohead | Creep
    smels like teen spirit => Nirvana | Smells Like Teen Spirit
    nirvanna come as you are => Nirvana | Come as You Are
    fredie mercury living on my own => Freddie Mercury | Living on My Own
    beyonse crazy in love => Beyoncé | Crazy in Love
    single ladys => Beyoncé | Single Ladies (Put a Ring on It)
    shaina twain man i feel like a woman => Shania Twain | Man! I Feel Like a Woman!
    friends in low plases => Garth Brooks | Friends in Low Places
    garth broks friends in low places => Garth Brooks | Friends in Low Places
    tennesse whiskey => Chris Stapleton | Tennessee Whiskey
    tenessee wiskey => Chris Stapleton | Tennessee Whiskey
    jolenne => Dolly Parton | Jolene
    johny cash ring of fire => Johnny Cash | Ring of Fire
    folsom prisson blues => Johnny Cash | Folsom Prison Blues
    purple rane => Prince | Purple Rain
    billie jeen => Michael Jackson | Billie Jean
    micheal jackson beat it => Michael Jackson | Beat It
    amy whinehouse valerie => Amy Winehouse | Valerie
    rehab amy winhouse => Amy Winehouse | Rehab
    spice grils wannabe => Spice Girls | Wannabe
    backsteet boys i want it that way => Backstreet Boys | I Want It That Way
    everbody backstreet boys => Backstreet Boys | Everybody (Backstreet's Back)
    ed sheran perfect => Ed Sheeran | Perfect
    shape of yuo => Ed Sheeran | Shape of You
    mambo no5 => Lou Bega | Mambo No. 5
    maccarena => Los del Río | Macarena
    despasito => Luis Fonsi | Despacito`,
  'misspelt, while another song matches exactly': `
    dont stop beleiving journey => Journey | Don't Stop Believin'
    dont stop believing journey => Journey | Don't Stop Believin'
    dont stop believing => Journey | Don't Stop Believin'
    livin on a prayer bon jovie => Bon Jovi | Livin' on a Prayer
    living on a prayer => Bon Jovi | Livin' on a Prayer
    rocket men => Elton John | Rocket Man (I Think It's Going to Be a Long, Long Time)
    mustang sallie => Wilson Pickett | Mustang Sally
    son of preacher man => Dusty Springfield | Son of a Preacher Man
    eye of tiger => Survivor | Eye of the Tiger
    baby on more time => Britney Spears | ...Baby One More Time
    sweet dreams are made of these => Eurythmics | Sweet Dreams (Are Made of This)
    knocking on heavens door => Bob Dylan | Knockin' on Heaven's Door
    build me up butter cup => The Foundations | Build Me Up Buttercup`,
  'words in another order, or some of them': `
    rhapsody queen => Queen | Bohemian Rhapsody
    queen somebody to love => Queen | Somebody to Love
    caroline neil diamond => Neil Diamond | Sweet Caroline
    california eagles => Eagles | Hotel California
    fast car tracy => Tracy Chapman | Fast Car
    chapman fast car => Tracy Chapman | Fast Car
    your song elton john => Elton John | Your Song
    tiny dancer elton => Elton John | Tiny Dancer
    elton john rocket => Elton John | Rocket Man (I Think It's Going to Be a Long, Long Time)
    jackson thriller => Michael Jackson | Thriller
    hurt johnny cash => Johnny Cash | Hurt
    valerie winehouse => Amy Winehouse | Valerie
    springsteen dancing in the dark => Bruce Springsteen | Dancing in the Dark
    boss dancing in the dark => Bruce Springsteen | Dancing in the Dark
    gaga poker => Lady Gaga | Poker Face
    prayer bon jovi => Bon Jovi | Livin' on a Prayer
    imagine john lennon => John Lennon | Imagine
    lennon imagine => John Lennon | Imagine
    hey jude beatles => The Beatles | Hey Jude
    let it be the beatles => The Beatles | Let It Be
    in the end linkin park => Linkin Park | In the End
    take me home country roads => John Denver | Take Me Home, Country Roads
    country roads denver => John Denver | Take Me Home, Country Roads
    put a ring on it => Beyoncé | Single Ladies (Put a Ring on It)
    are made of this => Eurythmics | Sweet Dreams (Are Made of This)
    fear the reaper => Blue Öyster Cult | (Don't Fear) The Reaper
    it's going to be a long time rocket => Elton John | Rocket Man (I Think It's Going to Be a Long, Long Time)
    stand by me king => Ben E. King | Stand by Me
    unchained melody righteous => The Righteous Brothers | Unchained Melody
    black velvet alannah => Alannah Myles | Black Velvet`,
  'still being typed': `
    bohem => Queen | Bohemian Rhapsody
    sweet carol => Neil Diamond | Sweet Caroline
    wonderw => Oasis | Wonderwall
    hotel cal => Eagles | Hotel California
    total ecl => Bonnie Tyler | Total Eclipse of the Heart
    queen boh => Queen | Bohemian Rhapsody
    rolling in the d => Adele | Rolling in the Deep
    smells like te => Nirvana | Smells Like Teen Spirit
    johnny cash fol => Johnny Cash | Folsom Prison Blues
    folsom pr => Johnny Cash | Folsom Prison Blues
    mamma m => ABBA | Mamma Mia
    abba danc => ABBA | Dancing Queen
    friends in l => Garth Brooks | Friends in Low Places
    i will surv => Gloria Gaynor | I Will Survive
    piano m billy => Billy Joel | Piano Man
    purple ra => Prince | Purple Rain
    jolen => Dolly Parton | Jolene
    brown eyed g => Van Morrison | Brown Eyed Girl
    like a vir => Madonna | Like a Virgin
    shap of y => Ed Sheeran | Shape of You`,
  'apostrophes, accents and punctuation': `
    dont stop me now => Queen | Don't Stop Me Now
    don’t stop me now => Queen | Don't Stop Me Now
    beyonce halo => Beyoncé | Halo
    celine dion my heart will go on => Céline Dion | My Heart Will Go On
    edith piaf je ne regrette rien => Édith Piaf | Non, je ne regrette rien
    la vie en rose => Édith Piaf | La Vie en rose
    man i feel like a woman => Shania Twain | Man! I Feel Like a Woman!
    thats amore => Dean Martin | That's Amore
    whats up 4 non blondes => 4 Non Blondes | What's Up?
    whats love got to do with it => Tina Turner | What's Love Got to Do with It
    ill be there for you => The Rembrandts | I'll Be There for You
    sinead oconnor => Sinéad O'Connor | *
    summer of 69 => Bryan Adams | Summer of '69
    oops i did it again => Britney Spears | Oops!... I Did It Again
    help beatles => The Beatles | Help!
    good riddance time of your life => Green Day | Good Riddance (Time of Your Life)
    ob la di ob la da => The Beatles | Ob-La-Di, Ob-La-Da
    obladi oblada => The Beatles | Ob-La-Di, Ob-La-Da
    da ya think im sexy => Rod Stewart | Da Ya Think I'm Sexy?
    rocknroll all nite => KISS | Rock and Roll All Nite`,
  'as it is said': `
    guns and roses sweet child of mine => Guns N' Roses | Sweet Child o' Mine
    sweet child o mine => Guns N' Roses | Sweet Child o' Mine
    guns n roses patience => Guns N' Roses | Patience
    simon and garfunkel mrs robinson => Simon & Garfunkel | Mrs. Robinson
    sound of silence simon and garfunkel => Simon & Garfunkel | The Sound of Silence
    earth wind and fire september => Earth, Wind & Fire | September
    hall and oates maneater => Hall & Oates | Maneater
    rocking around the christmas tree => Brenda Lee | Rockin' Around the Christmas Tree
    staying alive => Bee Gees | Stayin' Alive
    i love rock and roll => Joan Jett & The Blackhearts | I Love Rock 'n' Roll
    salt and pepa push it => Salt-N-Pepa | Push It
    bobby mcgee janis => Janis Joplin | Me and Bobby McGee
    me & bobby mcgee => Janis Joplin | Me and Bobby McGee
    scream & shout => will.i.am | Scream & Shout
    black eyed peas i gotta feeling => The Black Eyed Peas | I Gotta Feeling
    dolly and kenny islands in the stream => Kenny Rogers & Dolly Parton | Islands in the Stream`,
};

/** Songs that are similar to those above, so that a search can confuse them. */
export const rivals = `
  AC/DC | T.N.T.
  サクラ組 | 春のうた
  will.i.am | It's My Birthday
  blink-182 | I Miss You
  Łzy | Oczy szeroko zamknięte
  Michał Bajor | Ogrzej mnie
  Bora Đorđević | Pogledaj dom svoj
  ウタダ ミキ | ファーストラブ
  Glee Cast | Don't Stop
  Foster the People | Don't Stop (Color on the Walls)
  Fleetwood Mac | Don't Stop
  Ella Fox | Dont Stop Believing in Me
  Choir of Hope | Living on a Prayer Alone
  Lone Star | Rocket Men of Mars
  Mustang Sallie | Red Dirt Road
  Ray Gray | Son of a Gun
  Willow | Preacher Man
  Tiger Lily | Eye of the Storm
  The Eyes | Eye of Tiger Lily
  Daft Punk | One More Time
  Baby On | More Time
  Beyoncé | Sweet Dreams
  Avicii | Sweet Dreams
  The Dreamers | Sweet Dreams Are Made of These Days
  Kevin Strange | Knocking on Heavens Door Again
  Pinkard & Bowden | So What
  Pink Floyd | Money
  Pink Floyd | Wish You Were Here
  Pink Martini | Sympathique
  Miles Davis | So What
  William Shatner | Common People
  Will Young | Leave Right Now
  Willie Nelson | On the Road Again
  Ace of Base | The Sign
  AC Newman | The Slow Wonder
  Blink | Cut It Out
  Jay Sean | Down
  Kesh | Tick Tock
  Remy Zero | Save Me
  Marvin Gaye | Let's Get It On
  Hanson | I Will Come to You
  Aha Gazelle | Slide
  Uptown Four | Girl
  Kings of Leon | Use Somebody
  Michal Kwiatkowski | Mon paradis
  Moby | Porcelain
  Mo Horizons | Hit the Road Jack
  Kim Wilde | Kids in America
  Norden | Nach Hause
  Queen | Killer Queen
  Queen | We Will Rock You
  Queen | Somebody Else
  Queensrÿche | Silent Lucidity
  Sweet | Ballroom Blitz
  Caroline Polachek | Door
  Bonnie Raitt | Something to Talk About
  Whitney Houston | I Have Nothing
  Whitney Houston | How Will I Know
  ABBA | Waterloo
  ABBA | Take a Chance on Me
  ABBA | Chiquitita
  Madonna | Like a Prayer
  Madonna | Material Girl
  Cyndi Lauper | True Colors
  Van Halen | Jump
  Bryan Adams | Heaven
  Ryan Adams | Wonderwall Blues
  Billy Joel | My Life
  Bee Gees | How Deep Is Your Love
  Gloria Estefan | Conga
  Adele | Hello
  Adele | Skyfall
  Lady Gaga | Paparazzi
  Nirvana | Lithium
  Freddie Mercury | The Great Pretender
  Beyoncé | If I Were a Boy
  Shania Twain | You're Still the One
  Garth Brooks | The Dance
  Chris Stapleton | Broken Halos
  Dolly Parton | I Will Always Be Here
  Johnny Cash | I Walk the Line
  Johnny Cash | Jackson
  Prince | Kiss
  Michael Jackson | Black or White
  Michael Bublé | Home
  Amy Grant | Baby Baby
  Spice Girls | 2 Become 1
  Backstreet Boys | As Long as You Love Me
  Ed Sheeran | Thinking Out Loud
  Elton John | I'm Still Standing
  Bruce Springsteen | Born to Run
  Bruce Hornsby | The Way It Is
  John Denver | Annie's Song
  John Legend | All of Me
  The Beatles | Yesterday
  The Beatles | Here Comes the Sun
  Linkin Park | Numb
  King Princess | 1950
  Alannah Myles | Love Is
  Céline Dion | It's All Coming Back to Me Now
  Dean Martin | Volare
  Tina Turner | The Best
  Britney Spears | Toxic
  Green Day | Basket Case
  Rod Stewart | Maggie May
  KISS | I Was Made for Lovin' You
  Guns N' Roses | November Rain
  Simon & Garfunkel | The Boxer
  Hall & Oates | Rich Girl
  Brenda Lee | I'm Sorry
  Salt-N-Pepa | Shoop
  Janis Joplin | Piece of My Heart
  Kenny Rogers | The Gambler
  Кино | Пачка сигарет
  Алла Пугачёва | Арлекино
  Земфира | Искала
  Kino | Boy and Girl
  Χάρις Αλεξίου | Όλα σε θυμίζουν
  Νότης | Φεύγω
`;
