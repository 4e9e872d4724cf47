"""Plot shapes: each is a list of beats, each beat a list of ways to say it.

Slots: {n} {he} {him} {his} hero; {m} {mhe} {mhim} {mhis} helper; {k} {mk} their kinds; {o} a thing;
{p} {q} places; {f} a food; {fear} {skill} {hobby}. A capital first letter in a pronoun slot
({He}, {Mhe}) capitalises it. `asks` are the requests a user could have made for this plot.
"""

OPENINGS = [
    "Once upon a time there was {at} {k} named {n}. {He} lived {home}.",
    "{n} was {at} {k} who lived {home}.",
    "There once was {at} {k} called {n}, who lived {home}.",
    "Long ago, {home}, lived {at} {k} named {n}.",
]
HOBBY = [
    "{He} loved to {hobby}.",
    "Every day {he} liked to {hobby}.",
    "More than anything, {he} loved to {hobby}.",
    "",
]
WHEN = ["One {time}, {weather}.", "One {time} {weather}, and {n} went outside.", "It was a quiet {time}."]
ENDINGS = [
    "From that day on, {n} and {m} were best friends.",
    "{n} smiled all the way home.",
    "That night {n} slept very well.",
    "And {n} never forgot that day.",
    "{n} and {m} laughed and shared some {f}.",
    "It was the best day of {his} life.",
]

PLOTS = {
    "lost": {
        "asks": ["{k} who loses {ao}", "{n} and a lost {thing}", "{n} who looks for {ao}"],
        "beats": [
            ["But {his} {o} was gone.", "{n} could not find {his} {o} anywhere."],
            ["{He} looked {p}, but it was not there.", "{He} searched {p} and found nothing."],
            ["Then {he} met {m} the {mk}.", "On the way {he} met {mak} named {m}."],
            ['"Have you seen my {o}?" asked {n}.', '"I have lost my {o}," said {n} sadly.'],
            ['"Yes," said {m}. "I saw it {q}."', '"Let us look {q}," said {m}.'],
            ["They ran there together, and there it was.", "And there, {q}, lay the {o}."],
            ['"Thank you!" said {n}.', "{n} hugged {m} and said thank you."],
        ],
    },
    "friend": {
        "asks": ["{k} who wants a friend", "{n} who finds a friend", "how {n} met {m}"],
        "beats": [
            ["{n} had no one to play with.", "{n} felt lonely."],
            ["{He} took {his} {o} and went to play {p}.", "So {he} sat {p} with {his} {o}."],
            ["There {he} saw {mak}.", "Soon {mak} came by."],
            ['"My name is {m}," said the {mk}. "Can I play with you?"',
             '"Hello, I am {m}," said the {mk}. "What a nice {o}!"'],
            ['"Of course!" said {n}.', '"Yes, please!" said {n}.'],
            ["They played with the {o} until it was dark.", "They played all day and ate {f}."],
        ],
    },
    "fear": {
        "asks": ["{k} who is afraid of {fear}", "{n} who is afraid of {fear}"],
        "beats": [
            ["{n} was afraid of {fear}.", "There was one thing {n} did not like: {fear}."],
            ["When {his} friend {m} the {mk} called from {pp}, {n} did not move.",
             "{His} friend {m} the {mk} was waiting {p}, but {n} did not want to go."],
            ['"What is wrong?" asked {m}.', '"Why do you not come?" asked {m}.'],
            ['"I am afraid of {fear}," said {n}.', '"It is {fear}," said {n}. "I am so scared."'],
            ['"Take my hand," said {m}. "We will go together."',
             '"Hold my {o}," said {m}. "It will make you brave."'],
            ["{n} took a deep breath and tried.", "Slowly, step by step, {n} went with {mhim}."],
            ["And {he} was not afraid of {fear} any more.", 'It was not so bad. "I did it!" said {n}.'],
        ],
    },
    "share": {
        "asks": ["{k} who learns to share", "{n} and some {f}", "{n} who has a lot of {f}"],
        "beats": [
            ["{n} had a big basket of {f}.", "{n} found a lot of {f} {p}."],
            ["{m} the {mk} came by and looked hungry.", "Then {m}, a hungry {mk}, came along."],
            ['"May I have some {f}?" asked {m}.', '"I have had nothing to eat today," said {m}.'],
            ['"No, it is all mine," said {n}.', "{n} shook {his} head and ate alone."],
            ["But the {f} did not taste good, and {n} felt bad.", "Soon {n} felt sick and sorry."],
            ['"Please come back, {m}," said {n}. "We can share."',
             "So {he} ran after {m} and gave {mhim} half of the {f}."],
            ["Now the {f} tasted much better.", "They sat {q} and ate the {f} together."],
        ],
    },
    "learn": {
        "asks": ["{k} who wants to {skill}", "{n} who learns to {skill}"],
        "beats": [
            ["{n} wanted to {skill}, but {he} did not know how.", "{n} could not {skill}."],
            ["{He} tried {p}, but it went wrong.", "{He} tried again and again {p}."],
            ['"I will never learn it," said {n}.', '"It is too hard," said {n}.'],
            ["{m} the {mk} heard {him}.", "An old {mk} named {m} was watching {him}."],
            ['"I can show you how to {skill}," said {m}.', '"Do not give up," said {m}. "Try it like me."'],
            ["They worked {q} every day.", "Every {time} they met {q}."],
            ["At last {n} could {skill}.", 'One day it worked. "Look, I can {skill}!" said {n}.'],
        ],
    },
    "gift": {
        "asks": ["{k} who gives {ao} away", "{n} who makes a gift for {m}", "a gift for {m}"],
        "beats": [
            ["It was the birthday of {m} the {mk}.", "{m} the {mk} was ill and sad."],
            ["{n} wanted to give {mhim} something nice.", "{n} had no money for a gift."],
            ["{He} looked for a gift {p}.", "{He} went to look {p}."],
            ["There {he} found {ao}.", "There, in the grass, lay {ao}."],
            ["{He} cleaned it and put it in a box.", "{He} tied a ribbon around it."],
            ['"For me?" asked {m}. "What a lovely {o}!"', '"This is for you," said {n}.'],
            ["{m} was so happy that {mhe} danced.", "{m} held the {o} and smiled."],
        ],
    },
    "storm": {
        "asks": ["{k} in a storm", "{n} and the big storm", "{n} who helps {m} in a storm"],
        "beats": [
            ["Suddenly a storm came up.", "Dark clouds came, and then the storm began."],
            ["{n} ran home as fast as {he} could.", "{n} hid {p}."],
            ["Then {he} heard a voice. It was {m} the {mk}.", "{p_cap} {he} saw {m}, a wet and cold {mk}."],
            ['"Help!" said {m}. "The wind took my {o}!"', '"I cannot find my way," said {m}.'],
            ['"Come with me," said {n}. "It is warm in my house."', '"Do not worry," said {n}.'],
            ["{n} gave {mhim} a blanket and some {f}.", "They sat by the fire and ate {f}."],
            ["When the storm was over, they went out and saw a rainbow.",
             "In the morning the sun came out again."],
        ],
    },
    "build": {
        "asks": ["{k} who builds {built}", "{n} and {m} who build {built}", "{n} who builds {built}"],
        "beats": [
            ["{n} wanted to build {built}.", "{n} had a plan: {he} would build {built}."],
            ["{He} found some wood {p}.", "{He} carried wood and stones from {pp}."],
            ["But it was too heavy for one {k}.", "But the wood was too long and too heavy."],
            ['"Can I help?" asked {m} the {mk}.', "{m} the {mk} saw it and came to help."],
            ["{m} held the wood, and {n} used the hammer.", "Together they worked for three days."],
            ["They painted it {colour}.", "On top they put {ao}."],
            ['"It is ready!" said {n}.', "At last it was ready, and it was beautiful."],
        ],
    },
}
BUILT = ["a tree house", "a small boat", "a bridge", "a tiny house", "a cart"]
