// Written from the engine's own descriptions by `UPDATE_EXPECT=1 cargo test -p unmask-engine --test catalog`.

import type { MethodInfo, PresetInfo } from "./catalog-types.js";

export type * from "./catalog-types.js";

/** Values of `select`, as data; SelectMethods has their types. */
export const select: readonly MethodInfo[] = [
  {
    "doc": "Commits everything that is sure enough, and always the surest.",
    "name": "threshold",
    "parameters": [
      {
        "default": 0.9,
        "doc": "The least confidence that is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      }
    ],
    "source": "Fast-dLLM v1, arXiv 2505.22618"
  },
  {
    "doc": "Commits the surest few of each step, so many that the block is full after its share of the steps. Without a number of steps it is one token a step, the slowest and the reference.",
    "name": "even",
    "parameters": [
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "LLaDA, arXiv 2502.09992"
  },
  {
    "doc": "Commits positions by chance, in even steps. With less noise, confidence decides and chance only varies the order.",
    "name": "random",
    "parameters": [
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 1.0,
        "doc": "Share of chance in the order; the rest is confidence.",
        "least": 0.0,
        "most": 1.0,
        "name": "noise"
      }
    ],
    "source": "LLaDA, arXiv 2502.09992; the mixture is DiffuGuard's"
  },
  {
    "doc": "Commits in each step the share of the masks that its timesteps ask for: the surest by entropy, probability or margin, or each by chance. Steps that would commit nothing cost no forward.",
    "name": "dream",
    "parameters": [
      {
        "default": "entropy",
        "doc": "What is sure: low entropy, high probability, a wide margin; origin leaves it to chance.",
        "name": "order",
        "words": [
          "entropy",
          "maskgit_plus",
          "topk_margin",
          "origin"
        ]
      },
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "most": 65536.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 0.001,
        "doc": "The timestep that the last step starts above.",
        "least": 0.0,
        "most": 1.0,
        "name": "epsilon"
      },
      {
        "default": 0.0,
        "doc": "Above 0 the order is drawn by softmax(score / alg_temp) and not strict.",
        "least": 0.0,
        "name": "alg_temp"
      }
    ],
    "source": "Dream (DreamLM/Dream), DiffuCoder"
  },
  {
    "doc": "Commits a fixed number in each step, the surest of the block or its leftmost: what block-diffusion models are compared with.",
    "name": "static",
    "parameters": [
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": "confidence",
        "doc": "Which go first: the surest, or the leftmost.",
        "name": "order",
        "words": [
          "confidence",
          "position"
        ]
      }
    ],
    "source": "SDAR, JetAstra/SDAR"
  },
  {
    "doc": "Commits everything that is surer than the threshold, but never fewer than an even share of the block.",
    "name": "dynamic",
    "parameters": [
      {
        "default": 0.9,
        "doc": "What is surer than this is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "SDAR (JetAstra/SDAR), TraDo, LLaDA2.0"
  },
  {
    "doc": "Commits the more at once the surer they are together, and always the surest.",
    "name": "factor",
    "parameters": [
      {
        "default": 1.0,
        "doc": "How bold; 1 is what the theory allows.",
        "least": 0.0,
        "name": "factor"
      }
    ],
    "source": "Fast-dLLM v1, arXiv 2505.22618"
  },
  {
    "doc": "Commits everything that is sure enough, asks for less in the neighbourhood of those, and always takes the surest.",
    "name": "localleap",
    "parameters": [
      {
        "default": 0.9,
        "doc": "The least confidence of an anchor.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 0.75,
        "doc": "The least confidence near an anchor.",
        "least": 0.0,
        "most": 1.0,
        "name": "relaxed"
      },
      {
        "default": 4.0,
        "doc": "How many positions away is near.",
        "least": 0.0,
        "name": "radius",
        "whole": true
      }
    ],
    "source": "LocalLeap, arXiv 2510.07081"
  },
  {
    "doc": "Commits what is sure enough, and of each run of masks the best if it is fairly sure: tokens far apart depend less on each other.",
    "name": "hierarchical",
    "parameters": [
      {
        "default": 0.92,
        "doc": "What is surer than this is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "high"
      },
      {
        "default": 0.62,
        "doc": "The best of a run is committed if it is surer than this.",
        "least": 0.0,
        "most": 1.0,
        "name": "low"
      }
    ],
    "source": "dInfer, arXiv 2510.08666"
  },
  {
    "doc": "Commits boldly, up to a part of the masks and at most twenty; meant to be paired with a revision that takes back what turns out wrong.",
    "name": "wide",
    "parameters": [
      {
        "default": 0.6,
        "doc": "What is surer than this is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      }
    ],
    "source": "WINO (Feng-Hong/WINO-DLLM)"
  },
  {
    "doc": "Goes slowly until it is clear how far confidence reaches, then commits in that stretch whatever is sure enough until it is full.",
    "name": "slowfast",
    "parameters": [
      {
        "default": 0.9,
        "doc": "The least confidence that is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 0.3,
        "doc": "The least confidence that counts as in sight.",
        "least": 0.0,
        "most": 1.0,
        "name": "reach"
      },
      {
        "default": 6.0,
        "doc": "Slow steps before the horizon is settled anyway.",
        "least": 1.0,
        "name": "patience",
        "whole": true
      }
    ],
    "source": "SlowFast (LiangrunFlora/Slow-Fast-Sampling)"
  },
  {
    "doc": "Commits everything of low entropy, and always the lowest. Made for weights that were distilled for it.",
    "name": "entropy",
    "parameters": [
      {
        "default": 0.5,
        "doc": "The most entropy that is committed, in nats; 0.4 to 0.45 for models of Dream's kind.",
        "least": 0.0,
        "name": "limit"
      }
    ],
    "source": "dParallel (czg1225/dParallel), d3LLM, arXiv 2601.07568"
  },
  {
    "doc": "Commits the surest as long as their entropies, all but the largest, stay within a bound together: many easy tokens share one budget of error.",
    "name": "entropy_bound",
    "parameters": [
      {
        "default": 0.1,
        "doc": "The bound in nats; 0 is one token a step.",
        "least": 0.0,
        "name": "gamma"
      },
      {
        "default": "entropy",
        "doc": "Which go first: those of low entropy, high probability, or a wide margin.",
        "name": "order",
        "words": [
          "entropy",
          "confidence",
          "margin"
        ]
      }
    ],
    "source": "EB-Sampler, arXiv 2505.24857"
  },
  {
    "doc": "Commits everything that is sure enough, where a token is surer the longer it has been the likeliest of its position; always the surest.",
    "name": "credit",
    "parameters": [
      {
        "default": 0.9,
        "doc": "The least fused confidence that is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 0.7,
        "doc": "How much credit counts.",
        "least": 0.0,
        "most": 10.0,
        "name": "alpha"
      },
      {
        "default": 0.8,
        "doc": "How much credit is left after a step.",
        "least": 0.0,
        "most": 1.0,
        "name": "beta"
      },
      {
        "default": 0.2,
        "doc": "Exponent of earned confidence; below 1 it favours the unsure.",
        "least": 0.0,
        "most": 1.0,
        "name": "gamma"
      }
    ],
    "source": "CreditDecoding, arXiv 2510.06133"
  },
  {
    "doc": "Commits everything that is fairly sure and whose distribution has not moved for some steps; where nothing is, an even share of the surest.",
    "name": "klass",
    "parameters": [
      {
        "default": 0.6,
        "doc": "What is surer than this may be committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 0.015,
        "doc": "A divergence from the step before that is smaller has not moved, in nats.",
        "least": 0.0,
        "name": "limit"
      },
      {
        "default": 2.0,
        "doc": "So many steps in a row.",
        "least": 1.0,
        "name": "history",
        "whole": true
      },
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "KLASS, arXiv 2511.05664"
  },
  {
    "doc": "Commits every proposal that a small network, which reads the confidences of the whole block, expects to stay, and never fewer than an even share. The network was trained for models/tiny in blocks of 8; a longer block is read in windows of 8.",
    "name": "learn2pd",
    "parameters": [
      {
        "default": 0.96,
        "doc": "A proposal that the network is surer of than this is committed.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "Learn2PD, ims-kdks/Learning-to-Parallel-Decoding"
  },
  {
    "doc": "Commits what a small network is ready to commit, which reads the confidences of the block and was trained by reinforcement to end with the right answer after few forwards. It was trained for models/tiny, in blocks of any length; of a long one it looks at 64 positions.",
    "name": "unmasking_policy",
    "parameters": [
      {
        "default": "threshold",
        "doc": "What is committed: everything above the threshold; each position by chance, as in training.",
        "name": "rule",
        "words": [
          "threshold",
          "bernoulli"
        ]
      },
      {
        "default": 0.5,
        "doc": "Of rule threshold: what the network is readier to commit than this.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 1.0,
        "doc": "Divides the network's logits: above 1 everything is nearer to an even chance.",
        "least": 0.05,
        "name": "temperature"
      }
    ],
    "source": "Learning Unmasking Policies, arXiv 2512.09106"
  },
  {
    "doc": "Commits from the left and rare tokens first, in even steps, so that end marks and punctuation do not run ahead. Every token counts as equally rare unless a library user gives frequencies.",
    "name": "pc_sampler",
    "parameters": [
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 0.25,
        "doc": "How strongly the left is preferred; 0 not at all.",
        "least": 0.0,
        "most": 100.0,
        "name": "lambda"
      },
      {
        "default": 10.0,
        "doc": "What rarity can count at most.",
        "least": 0.0,
        "name": "alpha"
      }
    ],
    "source": "PC-Sampler (NEUIR/PC-Sampler)"
  },
  {
    "doc": "Commits in even steps what is sure and has known tokens around it: a soft order from left to right without blocks.",
    "name": "certainty_prior",
    "parameters": [
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 10.0,
        "doc": "How far around is looked, in positions; less is more from left to right.",
        "least": 0.1,
        "most": 100.0,
        "name": "sigma"
      }
    ],
    "source": "d2Cache (Kamichanw/d2Cache)"
  },
  {
    "doc": "Commits everything surer than the average token so far, and a few always. Meant to go with the revise method of the same name.",
    "name": "saber",
    "parameters": [
      {
        "default": 2.0,
        "doc": "Tokens that a step commits at least; half of it bounds from below what is taken back.",
        "least": 1.0,
        "name": "floor",
        "whole": true
      }
    ],
    "source": "Saber, zhaoyMa/Saber"
  },
  {
    "doc": "Fills everything and keeps the surest, so many more in each step; with the revise method of the same name, earlier tokens compete too.",
    "name": "p2",
    "parameters": [
      {
        "doc": "Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "P2 self-planning, pengzhangzhi/Open-dLLM"
  },
  {
    "doc": "Fills everything and keeps the surest, so many more in each step; with the revise method of the same name, earlier tokens compete with what they were worth when they were written.",
    "name": "running_confidence",
    "parameters": [
      {
        "doc": "Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "RCR, arXiv 2508.13148"
  },
  {
    "doc": "For causal models: shows the model a guess of the next tokens and keeps as many as it would have written itself. The text is that of one token a step; what was guessed wrong is the next guess. On other models it commits the leftmost position.",
    "name": "jacobi",
    "parameters": [
      {
        "default": 7.0,
        "doc": "Tokens guessed in each step, beside the one that is certain.",
        "least": 0.0,
        "name": "ahead",
        "whole": true
      }
    ],
    "source": "Jacobi decoding, arXiv 2305.10427; refill of Jacobi Forcing, arXiv 2512.14681"
  },
  {
    "doc": "Drafts the canvases of the next steps, reads all of them in one forward and takes every step that comes out as drafted. At temperature 0 the text is that of one step a forward, token for token; each draft costs the rows of a block more.",
    "name": "freedave",
    "parameters": [
      {
        "default": 3.0,
        "doc": "Canvases that are read beside the present one.",
        "least": 1.0,
        "name": "drafts",
        "whole": true
      },
      {
        "doc": "A step commits what is at least so sure, as with the method threshold; one token where absent.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      }
    ],
    "source": "FreeDave, cychomatica/FreeDave, arXiv 2510.00294"
  },
  {
    "doc": "Reads the canvas together with branches that have one more token each, the likeliest ones the last step left open, and goes on with the one where the network is surest of what is left. Fewer forwards than a threshold alone, of several times the rows, and another text.",
    "name": "lopa",
    "parameters": [
      {
        "default": 4.0,
        "doc": "Branches beside the canvas itself.",
        "least": 1.0,
        "name": "branches",
        "whole": true
      },
      {
        "default": 0.9,
        "doc": "The least confidence that is committed, in the canvas and its branches alike.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      }
    ],
    "source": "LoPA, zhijie-group/LoPA"
  },
  {
    "doc": "For block-causal models: fills the first run of masks, has the model in blocks of one read it in a second forward, and keeps as much as that would have written itself, and its next token. Where too little of a draft is likely to stand, and on other models, it is the method dynamic.",
    "name": "s2d2",
    "parameters": [
      {
        "default": 0.9,
        "doc": "What is surer than this is committed where nothing is verified.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": "dynamic",
        "doc": "What an expected token of a draft is weighed against: every token that the threshold would commit, or the one that is certain.",
        "name": "routing",
        "words": [
          "dynamic",
          "static"
        ]
      },
      {
        "default": 1.0,
        "doc": "Expected tokens that such a token counts for; 0 verifies every draft.",
        "least": 0.0,
        "name": "cost"
      }
    ],
    "source": "S2D2, phymhan/S2D2, arXiv 2603.25702"
  },
  {
    "doc": "For models that were trained in both ways (Nemotron-Labs-Diffusion): fills the block at once, reads it in a second forward as a causal model, and keeps as much as that would have written itself, and its next token. At temperature 0 the text is that of the causal model, token for token. On other models it commits the leftmost position.",
    "name": "linear_spec",
    "parameters": [],
    "source": "LinearSpec, sgl-project/sglang, Nemotron-Labs-Diffusion, arXiv 2607.05722"
  }
];

/** Values of `revise`, as data; ReviseMethods has their types. */
export const revise: readonly MethodInfo[] = [
  {
    "doc": "What is committed stays.",
    "name": "none",
    "parameters": [],
    "source": "LLaDA, Dream"
  },
  {
    "doc": "Asks the network in the same forward what it would say at a written position if it could not see it, and opens what it doubts. Costs a second row for every position of the block as soon as one is written; drafts with the select method wide.",
    "name": "wino",
    "parameters": [
      {
        "default": 0.9,
        "doc": "A written token less likely than this is opened again.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      }
    ],
    "source": "WINO, Feng-Hong/WINO-DLLM"
  },
  {
    "doc": "Opens the few written positions at which the network became less sure since the forward before, always fewer than the step commits. Meant to go with the select method of the same name.",
    "name": "saber",
    "parameters": [
      {
        "default": 2.0,
        "doc": "Tokens that a step commits at least; half of it bounds from below what is taken back.",
        "least": 1.0,
        "name": "floor",
        "whole": true
      }
    ],
    "source": "Saber, zhaoyMa/Saber"
  },
  {
    "doc": "Opens written positions by chance, so that more steps make a better text. Give it the steps of the select piece.",
    "name": "remdm",
    "parameters": [
      {
        "default": "cap",
        "doc": "How likely a position is opened: at most eta; eta of what the step allows; what the step allows, shared out to the least sure; eta, while the text is almost done.",
        "name": "schedule",
        "words": [
          "cap",
          "rescale",
          "conf",
          "loop"
        ]
      },
      {
        "doc": "Strength: 0.008 for cap, 0.015 for rescale, 0.02 for loop where absent; conf has none.",
        "least": 0.0,
        "most": 1.0,
        "name": "eta"
      },
      {
        "doc": "Steps over the whole canvas; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 0.9,
        "doc": "Loop: the part of a block that is written when it begins.",
        "least": 0.0,
        "most": 1.0,
        "name": "alpha_on"
      },
      {
        "default": 0.55,
        "doc": "Loop: the time, from 1 down to 0, at which it begins.",
        "least": 0.0,
        "most": 1.0,
        "name": "t_on"
      },
      {
        "default": 0.05,
        "doc": "Loop: the time at which it ends.",
        "least": 0.0,
        "most": 1.0,
        "name": "t_off"
      },
      {
        "doc": "Positions that the whole run opens at most; as many as are open at its beginning where absent.",
        "least": 0.0,
        "name": "openings",
        "whole": true
      }
    ],
    "source": "ReMDM, kuleshov-group/remdm"
  },
  {
    "doc": "Ranks written and open positions together by how sure the network is of them now, and opens what falls out of the number that the step may keep. Meant to go with the select method of the same name and the same steps.",
    "name": "p2",
    "parameters": [
      {
        "doc": "Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "P2 self-planning, pengzhangzhi/Open-dLLM"
  },
  {
    "doc": "Overwrites a written token where the network is sure of another one, and reads a full block again until nothing changes. Needs a model that was trained for it, LLaDA2.1; others may be harmed.",
    "name": "edit",
    "parameters": [
      {
        "default": 0.5,
        "doc": "The other token must be likelier than this: 0 in the authors' speed mode, 0.5 in their quality mode, 0.9 to be careful.",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 16.0,
        "doc": "Passes over a full block at most.",
        "least": 0.0,
        "name": "passes",
        "whole": true
      }
    ],
    "source": "LLaDA2.1 token editing, arXiv 2602.08676"
  },
  {
    "doc": "Opens written tokens that look wrong to the network now that it sees more, and reads a full block again until none does. Works with any model.",
    "name": "token_to_mask",
    "parameters": [
      {
        "default": "low_prob",
        "doc": "What looks wrong: the token is unlikely; another one is sure; its probability changed much since the forward before.",
        "name": "trigger",
        "words": [
          "low_prob",
          "t2t_remask",
          "logit_diff"
        ]
      },
      {
        "doc": "Of the trigger: below this probability (0.5 where absent), above this probability (0.9), by more than this (0.3).",
        "least": 0.0,
        "most": 1.0,
        "name": "threshold"
      },
      {
        "default": 5.0,
        "doc": "How often one position is opened at most.",
        "least": 0.0,
        "name": "per_position",
        "whole": true
      },
      {
        "default": 0.25,
        "doc": "Part of the block's written positions that a step opens at most; one is always allowed.",
        "least": 0.0,
        "most": 1.0,
        "name": "share"
      }
    ],
    "source": "T2M, arXiv 2604.18738"
  },
  {
    "doc": "Ranks written and open positions together, the written ones by the confidence they were written with, and opens what falls out of the number that the step may keep. Meant to go with the select method of the same name and the same steps.",
    "name": "running_confidence",
    "parameters": [
      {
        "doc": "Steps over the whole canvas, the same for the select and the revise piece; one per open position where absent or where there are more.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      }
    ],
    "source": "RCR, arXiv 2508.13148"
  }
];

/** Values of `structure`, as data; StructureMethods has their types. */
export const structure: readonly MethodInfo[] = [
  {
    "doc": "Blocks of one size, left to right; without a size the whole canvas is one.",
    "name": "blocks",
    "parameters": [],
    "source": "LLaDA"
  },
  {
    "doc": "Blocks, left to right, that end at the likeliest line break ahead; where none is likely enough they have the size of a block (32). For models with full attention.",
    "name": "adablock",
    "parameters": [
      {
        "default": 0.3,
        "doc": "The least confidence of a line break that ends a block; Dream wants 0.5.",
        "least": 0.0,
        "most": 1.0,
        "name": "delimiter_threshold"
      },
      {
        "default": 0.25,
        "doc": "How far to look for a line break, as a part of the canvas.",
        "least": 0.0,
        "most": 1.0,
        "name": "window"
      }
    ],
    "source": "AdaBlock-dLLM, arXiv 2509.26432"
  },
  {
    "doc": "Lengthens the canvas until the model expects the text to end on it, then fills it in blocks (of 32) and inserts room where the model is least sure. For models that fill what is left with end tokens; made for select threshold.",
    "name": "daedal",
    "parameters": [
      {
        "default": 2048.0,
        "doc": "Positions that the canvas may grow to, the prompt not counted; the model's context is a limit too.",
        "least": 1.0,
        "name": "max_length",
        "whole": true
      },
      {
        "default": 8.0,
        "doc": "Positions added at a time: at the end first, later in place of one.",
        "least": 1.0,
        "name": "growth",
        "whole": true
      },
      {
        "default": 32.0,
        "doc": "End tokens that are looked for.",
        "least": 1.0,
        "name": "window",
        "whole": true
      },
      {
        "default": 0.5,
        "doc": "How sure the end must be before filling begins.",
        "least": 0.0,
        "most": 1.0,
        "name": "length_threshold"
      },
      {
        "default": 0.9,
        "doc": "How sure the end must be for nothing to be inserted any more.",
        "least": 0.0,
        "most": 1.0,
        "name": "expand_threshold"
      },
      {
        "default": 0.1,
        "doc": "Room is inserted at positions that are less sure than this.",
        "least": 0.0,
        "most": 1.0,
        "name": "low"
      }
    ],
    "source": "DAEDAL, arXiv 2508.00819"
  },
  {
    "doc": "Lengthens the canvas while few open positions propose the end of the text and shortens it while many do, filling blocks (of 32) all along. For models that fill what is left with end tokens; made for select threshold.",
    "name": "rho_eos",
    "parameters": [
      {
        "default": 2048.0,
        "doc": "Positions that the canvas may grow to, the prompt not counted; the model's context is a limit too.",
        "least": 1.0,
        "name": "max_length",
        "whole": true
      },
      {
        "default": 0.4,
        "doc": "The canvas grows below this share of end tokens.",
        "least": 0.0,
        "most": 1.0,
        "name": "low"
      },
      {
        "default": 0.6,
        "doc": "The canvas shrinks above this share.",
        "least": 0.0,
        "most": 1.0,
        "name": "high"
      },
      {
        "default": 8.0,
        "doc": "The least number of positions added or dropped.",
        "least": 1.0,
        "name": "growth",
        "whole": true
      },
      {
        "default": "exp",
        "doc": "How growth multiplies with every further tenth from the band: doubling, counting, or not at all; by 8 at most.",
        "name": "scheduler",
        "words": [
          "exp",
          "linear",
          "const"
        ]
      },
      {
        "default": 64.0,
        "doc": "Steps after which the length stays.",
        "least": 0.0,
        "name": "adjust_steps",
        "whole": true
      }
    ],
    "source": "rho-EOS (yjyddq/rho-EOS)"
  },
  {
    "doc": "Lets the model write a token that becomes two open positions and one that deletes its own. For DreamOn checkpoints; made for one token a step.",
    "name": "dreamon",
    "parameters": [
      {
        "doc": "Expansions of a run; twice the positions that canvas and room have where absent.",
        "least": 0.0,
        "name": "budget",
        "whole": true
      },
      {
        "default": "one",
        "doc": "What an end token deletes: its position, or the open ones to the right as well.",
        "name": "delete",
        "words": [
          "one",
          "rest"
        ]
      }
    ],
    "source": "DreamOn, arXiv 2602.01326"
  },
  {
    "doc": "Blocks of one size, left to right; the canvas is cut behind an end token as soon as one is committed or sure enough anywhere on it, so that no forward is spent on padding.",
    "name": "end_of_text",
    "parameters": [
      {
        "default": 0.9,
        "doc": "The least confidence of an end token that is not committed yet; 0 cuts at any, as published.",
        "least": 0.0,
        "most": 1.0,
        "name": "floor"
      }
    ],
    "source": "Learn2PD"
  },
  {
    "doc": "Several blocks (of 32) are open at once: the next one opens when a part of the last is written, and must make progress when most of its predecessor is. For models distilled for it.",
    "name": "pipelined",
    "parameters": [
      {
        "default": "d2f",
        "doc": "d2f: every active block commits something, thresholds are exceeded; d3llm: the first one does and the block of the surest position, thresholds are reached.",
        "name": "variant",
        "words": [
          "d2f",
          "d3llm"
        ]
      },
      {
        "default": 0.1,
        "doc": "The written part at which the next block opens.",
        "least": 0.0,
        "most": 1.0,
        "name": "add"
      },
      {
        "default": 0.95,
        "doc": "The written part at which the next block becomes fully active.",
        "least": 0.0,
        "most": 1.0,
        "name": "active"
      },
      {
        "default": 4.0,
        "doc": "Blocks that are open at once, at most.",
        "least": 1.0,
        "name": "open_blocks",
        "whole": true
      }
    ],
    "source": "D2F, arXiv 2508.09192; d3LLM (hao-ai-lab/d3LLM)"
  },
  {
    "doc": "Parts of a block, from left to right: fewer positions are open at once than the model's blocks hold. With the cache \"sub_blocks\" a step forwards the part alone.",
    "name": "sub_blocks",
    "parameters": [
      {
        "default": 8.0,
        "doc": "Positions of a part; the last of a block may be shorter.",
        "least": 1.0,
        "name": "size",
        "whole": true
      }
    ],
    "source": "Fast-dLLM v2, arXiv 2509.26328"
  }
];

/** Values of `exit`, as data; ExitMethods has their types. */
export const exit: readonly MethodInfo[] = [
  {
    "doc": "At a stop token; by default at the first one once nothing before it is open.",
    "name": "eos",
    "parameters": [
      {
        "default": "first_open",
        "doc": "When: nothing before the first stop token is open; the block that holds it is full; some block is full and a stop token is anywhere; a whole block is stop tokens and padding.",
        "name": "rule",
        "words": [
          "first_open",
          "block",
          "anywhere_after_block",
          "whole_block"
        ]
      }
    ],
    "source": "Fast-dLLM v2, dInfer, SDAR, FreeDave"
  },
  {
    "doc": "Never: every position is proposed by the network.",
    "name": "full",
    "parameters": [],
    "source": "LLaDA, Dream"
  },
  {
    "doc": "Fills everything at once when the few positions of the answer are settled. For short answers at a known place: the rest of the text is not looked at.",
    "name": "prophet",
    "parameters": [
      {
        "doc": "Where the answer begins, counted from the end of the prompt; absent: behind the last given text that something open follows.",
        "least": 0.0,
        "name": "start",
        "whole": true
      },
      {
        "default": 5.0,
        "doc": "Positions of the answer.",
        "least": 1.0,
        "name": "window",
        "whole": true
      },
      {
        "doc": "Steps that the run is planned for; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 7.5,
        "doc": "Least margin in the first third of the steps, in logits.",
        "least": 0.0,
        "name": "early"
      },
      {
        "default": 5.0,
        "doc": "Least margin in the second third.",
        "least": 0.0,
        "name": "middle"
      },
      {
        "default": 2.5,
        "doc": "Least margin from then on.",
        "least": 0.0,
        "name": "late"
      }
    ],
    "source": "Prophet, arXiv 2508.19982"
  },
  {
    "doc": "Fills everything at once when the open positions are settled: first choices far ahead, by a margin that falls over the run, and no longer changing. In raw logits, so a temperature under the dream convention shifts it.",
    "name": "sched",
    "parameters": [
      {
        "default": "cosine",
        "doc": "How the margin falls from high to low; constant stays at high.",
        "name": "shape",
        "words": [
          "cosine",
          "linear",
          "exp",
          "constant"
        ]
      },
      {
        "default": 7.5,
        "doc": "Least mean margin at the beginning, in logits.",
        "least": 0.0,
        "name": "high"
      },
      {
        "default": 2.5,
        "doc": "Least mean margin at the end, in logits.",
        "least": 0.0,
        "name": "low"
      },
      {
        "default": 4.0,
        "doc": "How fast exp falls.",
        "least": 0.0,
        "name": "rate"
      },
      {
        "doc": "Steps that the run is planned for; one per open position where absent.",
        "least": 1.0,
        "name": "steps",
        "whole": true
      },
      {
        "default": 0.0,
        "doc": "Steps without a change that do not count yet.",
        "least": 0.0,
        "name": "patience",
        "whole": true
      },
      {
        "default": 0.0,
        "doc": "Part of the open positions that must be written before.",
        "least": 0.0,
        "most": 1.0,
        "name": "min_progress"
      }
    ],
    "source": "SchED, arXiv 2512.02892"
  }
];

/** Values of `cache`, as data; CacheMethods has their types. */
export const cache: readonly MethodInfo[] = [
  {
    "doc": "The exact cache where the model allows one, else none.",
    "name": "auto",
    "parameters": [],
    "source": "Unmask"
  },
  {
    "doc": "Forwards the whole sequence in every step: exact for every model, and what the others are held against.",
    "name": "none",
    "parameters": [],
    "source": "LLaDA, arXiv 2502.09992"
  },
  {
    "doc": "Forwards the open block and, once, the one that was completed before it; all else is kept, from one request to the next as well. For block-causal and causal models; costs no accuracy.",
    "name": "exact",
    "parameters": [],
    "source": "SDAR (JetAstra/SDAR), with the merged commit"
  },
  {
    "doc": "Forwards the model's block when a part of it opens and afterwards the part alone; blocks before are kept exactly. For block-causal models with the structure \"sub_blocks\". An approximation within the block.",
    "name": "sub_blocks",
    "parameters": [],
    "source": "Fast-dLLM v2, arXiv 2509.26328"
  },
  {
    "doc": "Forwards everything when a block opens and afterwards the block and all behind it; what is before it is seen as it was then. An approximation.",
    "name": "prefix",
    "parameters": [
      {
        "doc": "Everything is forwarded again after so many forwards; only when another block opens where absent.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      },
      {
        "default": 0.0,
        "doc": "Positions before the block that are forwarded with it; dInfer has 16.",
        "least": 0.0,
        "name": "before",
        "whole": true
      }
    ],
    "source": "Fast-dLLM v1, arXiv 2505.22618"
  },
  {
    "doc": "Forwards everything when a block opens and afterwards the block alone; what is around it is seen as it was then. An approximation: a step costs what the block costs.",
    "name": "dual",
    "parameters": [
      {
        "doc": "Everything is forwarded again after so many forwards; only when another block opens where absent.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      },
      {
        "default": 0.0,
        "doc": "Positions before the block that are forwarded with it; dInfer has 16.",
        "least": 0.0,
        "name": "before",
        "whole": true
      },
      {
        "default": 0.0,
        "doc": "Positions behind the block that are forwarded with it; dInfer has 16.",
        "least": 0.0,
        "name": "after",
        "whole": true
      }
    ],
    "source": "Fast-dLLM v1, arXiv 2505.22618; neighbourhood of dInfer, arXiv 2510.08666"
  },
  {
    "doc": "The dual cache with the positions around the block forwarded too, after a few full forwards at the beginning of a run. An approximation, closer than \"dual\".",
    "name": "vicinity",
    "parameters": [
      {
        "default": 16.0,
        "doc": "Positions before the block that are forwarded with it.",
        "least": 0.0,
        "name": "before",
        "whole": true
      },
      {
        "default": 16.0,
        "doc": "Positions behind the block that are forwarded with it.",
        "least": 0.0,
        "name": "after",
        "whole": true
      },
      {
        "default": 4.0,
        "doc": "Full forwards at the beginning.",
        "least": 0.0,
        "name": "warmup",
        "whole": true
      },
      {
        "doc": "Everything is forwarded again after so many forwards; only when another block opens where absent.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      }
    ],
    "source": "dInfer, arXiv 2510.08666"
  },
  {
    "doc": "Leaves out the masks far behind the block: they are neither forwarded nor seen. An approximation, with which a long canvas costs as much as what is written of it.",
    "name": "window",
    "parameters": [
      {
        "default": 32.0,
        "doc": "Masks behind the block that stay.",
        "least": 0.0,
        "name": "after",
        "whole": true
      },
      {
        "default": "none",
        "doc": "What is kept from step to step of the positions that are left.",
        "name": "cache",
        "words": [
          "none",
          "prefix",
          "dual"
        ]
      }
    ],
    "source": "DPad without chance, arXiv 2508.14148; further_horizon of LLaDA2.0"
  },
  {
    "doc": "Leaves out most masks behind the block, by chance and the more the farther they are: they are neither forwarded nor seen. Drawn anew for every block. An approximation.",
    "name": "dpad",
    "parameters": [
      {
        "default": 256.0,
        "doc": "Masks behind the block among which some stay.",
        "least": 2.0,
        "name": "window",
        "whole": true
      },
      {
        "default": 4.0,
        "doc": "Standard deviations that the window spans.",
        "least": 0.1,
        "most": 10.0,
        "name": "sigma"
      },
      {
        "default": 2.0,
        "doc": "A mask stays with this many times the normal density at its distance.",
        "least": 0.1,
        "most": 10.0,
        "name": "scale"
      },
      {
        "default": "none",
        "doc": "What is kept from step to step of the positions that are left.",
        "name": "cache",
        "words": [
          "none",
          "prefix",
          "dual"
        ]
      }
    ],
    "source": "DPad, arXiv 2508.14148"
  },
  {
    "doc": "Forwards every mask, and every token once more in the step after it was committed; later it is seen as it was then. An approximation that needs no blocks and whose steps grow cheaper as the canvas fills.",
    "name": "dkv",
    "parameters": [
      {
        "default": 8.0,
        "doc": "Everything is forwarded again after so many forwards; Dream wants 2 to 16.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      }
    ],
    "source": "dKV-Cache (Decode), arXiv 2505.15781"
  },
  {
    "doc": "As \"dkv\", and a mask whose proposal stayed the same and sure for a few forwards is not forwarded either: its last record stands until it is committed. An approximation, for methods that commit few of the sure proposals a step.",
    "name": "freeze",
    "parameters": [
      {
        "default": 2.0,
        "doc": "Forwards that a proposal must have stayed the same.",
        "least": 1.0,
        "name": "forwards",
        "whole": true
      },
      {
        "default": 0.9,
        "doc": "It must have been more confident than this.",
        "least": 0.0,
        "most": 1.0,
        "name": "confidence"
      },
      {
        "default": 8.0,
        "doc": "Everything is forwarded again after so many forwards; Dream wants 2 to 16.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      }
    ],
    "source": "JOT, arXiv 2602.11133"
  },
  {
    "doc": "Forwards everything twice when a block opens and afterwards the block alone. In the second forward every layer chooses the keys outside the block that its queries score highest; the steps after it see no others. An approximation: as \"dual\", with less to attend to.",
    "name": "sparse",
    "parameters": [
      {
        "default": 0.5,
        "doc": "Part of the keys outside the block that each layer keeps.",
        "least": 0.0,
        "most": 1.0,
        "name": "keep"
      },
      {
        "doc": "Everything is forwarded again after so many forwards; only when another block opens where absent.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      }
    ],
    "source": "Sparse-dLLM, arXiv 2508.02558"
  },
  {
    "doc": "Forwards the prompt seldom and everything behind it in every step, but between its refreshes each layer computes only the positions whose values moved most; the others keep what attention and the feed-forward network last added to them. An approximation; rows are counted by the part of a layer that is computed.",
    "name": "dllm",
    "parameters": [
      {
        "default": 50.0,
        "doc": "The prompt is computed again after so many forwards.",
        "least": 1.0,
        "name": "prompt",
        "whole": true
      },
      {
        "default": 4.0,
        "doc": "What is behind it is computed wholly after so many forwards.",
        "least": 1.0,
        "name": "response",
        "whole": true
      },
      {
        "default": 0.25,
        "doc": "Part of what is behind the prompt that the other forwards compute.",
        "least": 0.0,
        "most": 1.0,
        "name": "ratio"
      }
    ],
    "source": "dLLM-Cache, arXiv 2506.06295"
  },
  {
    "doc": "Forwards the leftmost masks of the block, which alone are committed, with what was just written and a tracked token of each layer. Where what that token attends to has drifted, the layers behind it compute everything anew in the same step. An approximation for methods without blocks; rows are counted by the layers that compute them.",
    "name": "elastic",
    "parameters": [
      {
        "default": 16.0,
        "doc": "Masks that are forwarded.",
        "least": 1.0,
        "name": "window",
        "whole": true
      },
      {
        "default": 0.9,
        "doc": "Cosine of a token's attention now and in the step before, below which it has drifted.",
        "least": 0.0,
        "most": 1.0,
        "name": "drift"
      },
      {
        "doc": "Everything is forwarded again after so many forwards; only where attention drifts where absent.",
        "least": 1.0,
        "name": "refresh",
        "whole": true
      }
    ],
    "source": "Elastic-Cache, arXiv 2510.14973"
  }
];

/** Choices that go together under one word. */
export const presets: readonly PresetInfo[] = [
  {
    "doc": "One token a step: the slowest, and what the others are held against.",
    "name": "exact",
    "revise": {
      "method": "none"
    },
    "select": {
      "method": "even"
    }
  },
  {
    "doc": "Commits what is at least 95 % sure.",
    "name": "quality",
    "revise": {
      "method": "none"
    },
    "select": {
      "method": "threshold",
      "threshold": 0.95
    }
  },
  {
    "doc": "Commits what is at least 90 % sure.",
    "name": "balanced",
    "revise": {
      "method": "none"
    },
    "select": {
      "method": "threshold",
      "threshold": 0.9
    }
  },
  {
    "doc": "Commits what is sure, and asks for less beside it.",
    "name": "fast",
    "revise": {
      "method": "none"
    },
    "select": {
      "method": "localleap"
    }
  },
  {
    "doc": "Commits by low entropy, for weights that were distilled for it.",
    "name": "distilled",
    "revise": {
      "method": "none"
    },
    "select": {
      "method": "entropy"
    }
  },
  {
    "doc": "Commits early and overwrites, for weights that were trained to edit.",
    "name": "editing",
    "revise": {
      "method": "edit",
      "threshold": 0.5
    },
    "select": {
      "method": "threshold",
      "threshold": 0.7
    }
  }
];
