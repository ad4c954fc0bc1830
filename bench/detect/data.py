#!/usr/bin/env python3
"""Labels public data for detect.c, from what fetch.sh has fetched:

    data.py DIRECTORY OUT    writes OUT/train.jsonl and OUT/test.jsonl

What a text is (1 yes, 0 no, -1 not known and not counted) is taken from where
it comes from: its set, its category, its subject. Where a set has no
categories (general instructions), a text without any word of CODEY is taken
for no code, and one without any of MATHY for no mathematics, and the rest is
not known; these are used to learn from, never to measure with.
"""
import csv
import gzip
import io
import json
import random
import re
import subprocess
import sys

rand = random.Random(5)
rows = []

CODEY = re.compile(
    r'\b(python|java|javascript|c\+\+|sql|html|css|code|coding|program\w*|'
    r'function|algorithm|software|script|regex|api|json|excel|latex|database|'
    r'query|linux|bash|compil\w*|debug\w*|array|github|leetcode|spreadsheet|'
    r'matlab|command line|terminal|shell|website)\b|```|c#', re.I)
MATHY = re.compile(
    r'\b(calculat\w*|equations?|integral|derivative|matrix|math\w*|solve|'
    r'prove|theorem|how many|how much|sum|average|probability|percent\w*|'
    r'number|numbers|algebra|geometry|triangle|area|volume|statistic\w*|'
    r'statistical|formula|square|prime|fibonacci|factorial|fraction|mean|'
    r'median)\b|\\frac|\d\s*[-+*/^=]\s*\d', re.I)

SOURCES = [  # files of programs to learn from, and how many
    ('ben-manes/caffeine', r'\.java$', 200),
    ('curl/curl', r'^lib/.*\.[ch]$', 200),
    ('awesomized/libmemcached', r'\.(cc|cpp|hpp)$', 150),
    ('vercel/ai', r'\.tsx?$', 300),
    ('pydantic/pydantic-ai', r'\.py$', 300),
    ('vercel/ai', r'^[^_]*\.(json|ya?ml)$', 80),
    ('curl/curl', r'\.(sh|pl|am|m4|cmake)$', 80),
]
SOURCES_TEST = [
    ('anthropics/anthropic-sdk-python', r'src/.*\.py$', 40),
    ('nlpxucan/WizardLM', r'\.py$', 40),
    ('tatsu-lab/alpaca_farm', r'\.(py|js|ts)$', 40),
    ('LAION-AI/Open-Assistant', r'\.(py|tsx|ts|yml|yaml|sh|sql)$', 60),
]
# Questions that programs are pasted under.
ASKS = ['What does this do?\n\n%s', 'Explain this:\n%s', '```\n%s\n```',
        'Why does this fail?\n\n```\n%s\n```', '%s\n\nFix this please',
        'Can you review the following and tell me what is wrong?\n\n%s']

SMALL_TALK = [
    'Hi', 'Hello', 'Hello!', 'hey', 'Hi there', 'Good morning', 'Thanks',
    'Thank you very much!', 'Yes', 'No', 'yes please', 'ok', 'OK.', 'Go on',
    'continue', 'Continue.', 'Why?', 'What?', 'Really?', 'And then?', 'more',
    'Who are you?', 'What can you do?', 'How are you?', 'Tell me a joke',
    'Are you there?', 'Nice!', 'great, thanks', 'I see', 'Never mind', 'Stop',
    'Try again', 'Shorter please', 'In French', 'Make it longer', 'Good night',
    'Can you help me?', 'I have a question', 'What do you mean?', 'Sure',
    'Bonjour', 'Hola', 'Danke', 'Guten Tag', 'Merci beaucoup', 'Gracias',
    '你好', '谢谢', '안녕하세요', 'こんにちは', 'Привет', 'Спасибо',
]

MMLU_MATH = {'abstract_algebra', 'college_mathematics',
             'elementary_mathematics', 'high_school_mathematics',
             'high_school_statistics'}
MMLU_CS = {'machine_learning', 'college_computer_science', 'computer_security',
           'high_school_computer_science', 'electrical_engineering',
           'formal_logic'}
MMLU_NEAR = MMLU_CS | {
    'econometrics', 'college_physics', 'conceptual_physics', 'astronomy',
    'high_school_physics', 'college_chemistry', 'high_school_chemistry',
    'professional_accounting', 'high_school_macroeconomics',
    'high_school_microeconomics'}
CMMLU_MATH = {'college_mathematics', 'elementary_mathematics',
              'high_school_mathematics'}
CMMLU_CS = {'computer_science', 'machine_learning', 'computer_security',
            'elementary_information_and_technology'}
CMMLU_NEAR = CMMLU_CS | {
    'college_actuarial_science', 'conceptual_physics', 'high_school_physics',
    'high_school_chemistry', 'astronomy', 'electrical_engineering', 'genetics',
    'college_engineering_hydrology', 'economics', 'professional_accounting',
    'logical', 'construction_project_management', 'college_medical_statistics'}
AGI_MATH = {'aqua-rat', 'gaokao-mathcloze', 'gaokao-mathqa', 'sat-math'}
AGI_NEAR = {'gaokao-physics', 'gaokao-chemistry', 'gaokao-biology',
            'gaokao-geography', 'lsat-ar'}
# Clusters of Arena-Hard 0.1, by parts of their names.
ARENA_CODE = re.compile(
    r'Regex Tech|TypeScript|Algorithms and|Android|Assembly|Binance|'
    r'Browser Ext|C\+\+|CSS|CSV|Pi in Python|Pi with Code|Chatbot Development '
    r'&|Deobfus|Cron|Data Processing and|Databricks|System32|Discord|Django|'
    r'Docker|VBA|FFmpeg|Fibonacci|Flask|GIS|Gradio|HDL|HLSL|HuggingFace|'
    r'Interactive Data|JAX|JSON|JavaScript|Kotlin|Kubernetes|Laravel|'
    r'Linked List|Linux|Mocking|Monads|Multisig|and Redis|Nix/|Node.js|Odoo|'
    r'CUDA|PDF Proc|PHP|PyTorch|Python|RNN|Ray Tracing|React Comp|Roblox|Rust|'
    r'SQL|SVG|Shiny|String Rev|Streamlit|Swift|Symfony|Tag Valid|Tailwind|'
    r'Awk/Sed|Tidyverse|Tkinter|Video Download|WPF|Web Dev|Web Page|Web Scrap|'
    r'XSS|YOLO|Matplotlib')
ARENA_MATH = re.compile(
    r'Advanced Algebra|Advanced Mathematical|Ticket Pricing|Consecutive Draws|'
    r'Dice Prob|Circular Motion|Math Problems|Prime and|Probability Dist|'
    r'Square Root|Real Analysis|Sample Size|Triangle|Train Time|Growth Calc|'
    r'Money and Trans|Standard Dev')
ARENA_SHAPE = re.compile(r'[;{}]\s*$|\w\.\w+\(|^#include|&&|def ', re.M)


def git(repo, *args):
    where = '%s/%s' % (sys.argv[1], repo.replace('/', '+'))
    return subprocess.run(('git', '-C', where) + args, check=True,
                          stdout=subprocess.PIPE).stdout


def raw(repo, path):
    return git(repo, 'show', 'taken:' + path)


def show(repo, path):
    return raw(repo, path).decode('utf-8', 'replace')


def lines(repo, path):
    return [json.loads(s) for s in show(repo, path).split('\n') if s.strip()]


def table(repo, path):
    return list(csv.DictReader(io.StringIO(show(repo, path))))


def files(repo, pattern):
    names = git(repo, 'ls-tree', '-r', '--name-only', 'taken').decode()
    return [f for f in names.split('\n') if re.search(pattern, f)]


def some(texts, most):
    texts = [t for t in dict.fromkeys(texts) if t and t.strip()]
    return rand.sample(texts, most) if most and len(texts) > most else texts


def add(split, name, code, math, texts, most=None):
    for text in some(texts, most):
        rows.append({'split': split, 'set': name, 'code': code, 'math': math,
                     'text': text})


def neutral(name, texts, most=None):
    for text in some(texts, most):
        add('train', name, -1 if CODEY.search(text) else 0,
            -1 if MATHY.search(text) else 0, [text])


def asked(d):
    """The instruction of an Alpaca-like record with its input."""
    more = d.get('input')
    if more is None and d.get('instances'):
        more = d['instances'][0].get('input')
    if not more or not more.strip() or more == '<noinput>':
        return d['instruction']
    return d['instruction'] + '\n\n' + more


def sense(text):
    """Whether there are programs in the text or only talk of them."""
    return 'with code' if '```' in text or ARENA_SHAPE.search(text) else \
        'in prose'


def cut(text):
    n = rand.randint(200, 3000)
    at = rand.randrange(max(1, len(text) - n))
    at = text.rfind('\n', 0, at) + 1
    return text[at:at + n]


def pieces(sources):
    for repo, pattern, most in sources:
        for path in some(files(repo, pattern), most):
            yield repo, cut(show(repo, path))


def untex(t):
    t = re.sub(r'\\d?frac\{([^{}]*)\}\{([^{}]*)\}', r'(\1)/(\2)', t)
    t = re.sub(r'\\sqrt\{([^{}]*)\}', r'sqrt(\1)', t)
    for tex, plain in ('\\cdot', '*'), ('\\le', '<='), ('\\ge', '>='):
        t = t.replace(tex, plain)
    return re.sub(r'[${}\\]', '', re.sub(r'\\[a-z]+', '', t))


def train_code():
    add('train', 'GPTeacher codegen', 1, -1, [asked(d) for d in json.loads(
        show('teknium1/GPTeacher', 'Codegen/codegen-instruct.json'))])
    add('train', 'nl2bash', 1, 0, show(
        'TellinaTool/nl2bash', 'data/bash/all.nl').split('\n'), 1200)
    for i, (repo, text) in enumerate(pieces(SOURCES)):
        add('train', 'source ' + repo, 1, 0, [text])
        if i % 2:
            add('train', 'source under a question', 1, 0,
                [rand.choice(ASKS) % text])


def train_math():
    harness = 'ZubinGou/math-evaluation-harness'
    add('train', 'GSM8K train', 0, 1, [d['question'] for d in lines(
        'lm-sys/RouteLLM', 'routellm/evals/gsm8k/train.jsonl')], 2000)
    math = [d['problem'] for d in lines(harness, 'data/math/test.jsonl')]
    add('train', 'MATH, even', 0, 1, math[0::2], 2000)
    add('train', 'MATH, even, without TeX', 0, 1, map(untex, math[0::2]), 800)
    add('train', 'MathQA', 0, 1, [d['problem'] for d in lines(
        harness, 'data/mathqa/test.jsonl')], 700)
    add('train', 'MAWPS', 0, 1, [d['input'] for d in lines(
        harness, 'data/mawps/test.jsonl')], 300)
    repo = 'ruixiangcui/AGIEval'
    for path in files(repo, r'data/v1/.*jsonl$'):
        name = path.split('/')[-1][:-6]
        if name == 'math':
            continue
        math = 1 if name in AGI_MATH else -1 if name in AGI_NEAR else 0
        add('train', 'AGIEval mathematics' if math == 1 else
            'AGIEval sciences' if math else 'AGIEval other', 0, math,
            ['\n'.join(filter(None, [d.get('passage'), d['question']] +
                              rand.choice([d.get('options') or []] * 2 +
                                          [[]])))
             for d in lines(repo, path)], 250)


def train_neither():
    prompts = []
    for path in files('yizhongw/self-instruct', r'data_per_template/.*jsonl$'):
        found = lines('yizhongw/self-instruct', path)
        prompts += [d['prompt'] for d in rand.sample(found,
                                                     min(12, len(found)))]
    neutral('T0', prompts, 2500)
    long = [t for t in prompts if len(t) > 800]
    neutral('T0, several', ['\n\n'.join(rand.sample(long, rand.randint(2, 6)))
                            for _ in range(300)])
    for name, repo, path, most in (
            ('roleplay', 'teknium1/GPTeacher',
             'Roleplay/roleplay-simple-deduped-roleplay-instruct.json', 800),
            ('toolformer', 'teknium1/GPTeacher',
             'Toolformer/toolformer-similarity-0.7-dataset.json', 1200)):
        neutral(name, [asked(d) for d in json.loads(show(repo, path))], most)
    for name, repo, path in (
            ('seed tasks', 'yizhongw/self-instruct', 'data/seed_tasks.jsonl'),
            ('user oriented', 'yizhongw/self-instruct',
             'human_eval/user_oriented_instructions.jsonl')):
        neutral(name, [asked(d) for d in lines(repo, path)])
    few = [' '.join(t.split()[:rand.randint(1, 7)])
           for t in rand.sample(prompts, 600)]
    neutral('T0, first words', few)
    add('train', 'small talk', 0, 0, SMALL_TALK)
    neutral('OASST', [d['text'] for d in lines(
        'LAION-AI/Open-Assistant',
        'model/model_eval/manual/data/en_100_message.jsonl')])


def train_arena():
    for d in lines('lmarena/arena-hard-auto',
                   'data/arena-hard-v0.1/question.jsonl'):
        text = d['prompt']
        codey = CODEY.search(text) or ARENA_SHAPE.search(text)
        code = ARENA_CODE.search(d['cluster'])
        mathy, math = MATHY.search(text), ARENA_MATH.search(d['cluster'])
        add('train', 'Arena-Hard 0.1',
            1 if code and codey else -1 if code or codey else 0,
            1 if math and mathy else -1 if math or mathy else 0, [text])


def both_halves():
    """Sets whose even texts are learned from and whose odd ones are not."""
    is_code = {'coding': 1, 'creative_writing': 0, 'math': -1}
    is_math = {'coding': -1, 'creative_writing': 0, 'math': 1}
    for i, d in enumerate(lines('lmarena/arena-hard-auto',
                                'data/arena-hard-v2.0/question.jsonl')):
        what, text = d['subcategory'], d['prompt']
        more = ', ' + sense(text) if what == 'coding' else ''
        add('test' if i % 2 else 'train', 'Arena-Hard 2 ' + what + more,
            is_code[what], is_math[what], [text])


def test_chat():
    code = ('Code Generation', 'Code Debug')
    near = ('Reasoning', 'Physics', 'Chemistry', 'Economy', 'Complex Format',
            'Counterfactual', 'Academic Writing', 'Computer Science')
    for d in lines('nlpxucan/WizardLM',
                   'WizardLM/data/WizardLM_testset.jsonl'):
        s = d['Skill']
        add('test', 'WizardLM ' + (
            'code, ' + sense(d['Instruction']) if s in code else
            'mathematics' if s == 'Math' else 'other'),
            1 if s in code else
            -1 if s in ('Computer Science', 'Technology') else 0,
            1 if s == 'Math' else -1 if s in near + code else 0,
            [d['Instruction']])
    for name, repo, path in (
            ('MT-bench', 'lm-sys/RouteLLM',
             'routellm/evals/mt_bench/question.jsonl'),
            ('Vicuna', 'lm-sys/FastChat',
             'fastchat/llm_judge/data/vicuna_bench/question.jsonl')):
        for d in lines(repo, path):
            c = d['category']
            add('test', name + ' ' + (c if c in ('coding', 'math') else
                                      'other'),
                1 if c == 'coding' else
                -1 if c in ('extraction', 'stem') else 0,
                1 if c == 'math' else -1 if c in (
                    'reasoning', 'stem', 'extraction', 'coding', 'fermi')
                else 0, [d['turns'][0]])


def test_exams():
    repo = 'lm-sys/RouteLLM'
    for path in files(repo, r'mmlu/responses/.*csv$'):
        what = re.search(r'mmlu_(.*)\.csv', path).group(1)
        math = 1 if what in MMLU_MATH else -1 if what in MMLU_NEAR else 0
        add('test', 'MMLU ' + ('mathematics' if math == 1 else
                               'sciences, economy' if math else 'other'),
            -1 if what in MMLU_CS else 0, math,
            [d['prompt'] for d in table(repo, path)], 100)
    repo = 'haonan-li/CMMLU'
    for path in files(repo, r'data/test/.*csv$'):
        what = path.split('/')[-1][:-4]
        math = 1 if what in CMMLU_MATH else -1 if what in CMMLU_NEAR else 0
        add('test', 'CMMLU (Chinese) ' + ('mathematics' if math == 1 else
                                          'other'),
            -1 if what in CMMLU_CS else 0, math,
            ['\n'.join([d['Question']] + ['%s. %s' % (k, d[k])
                                          for k in 'ABCD'])
             for d in table(repo, path)], 40)
    for d in lines('THUDM/AlignBench', 'data/data_v1.1_release.jsonl'):
        text, part = d['question'], d['subcategory']
        math = 1 if d['category'] == '数学计算' or part == '证明' else \
            -1 if d['category'] == '逻辑推理' or \
            part in ('物理', '化学', '天文') else 0
        add('test', 'AlignBench (Chinese)',
            -1 if part == '计算机' or '代码' in text or CODEY.search(text)
            else 0, math, [text])


def test_math():
    harness = 'ZubinGou/math-evaluation-harness'
    add('test', 'GSM8K test', 0, 1, [d['question'] for d in lines(
        'lm-sys/RouteLLM', 'routellm/evals/gsm8k/test.jsonl')], 700)
    add('test', 'MATH, odd', 0, 1, [d['problem'] for d in lines(
        harness, 'data/math/test.jsonl')][1::2], 700)
    add('test', 'SVAMP', 0, 1, [d['Body'] + ' ' + d['Question'] for d in lines(
        harness, 'data/svamp/test.jsonl')], 300)
    add('test', 'OCW courses', 0, 1, [d['problem'] for d in lines(
        harness, 'data/ocw/test.jsonl')])


def test_code():
    data = gzip.decompress(raw('openai/human-eval',
                               'data/HumanEval.jsonl.gz')).decode()
    add('test', 'HumanEval', 1, -1, [json.loads(s)['prompt']
                                     for s in data.split('\n') if s.strip()])
    mbpp = list(json.loads(show('nlpxucan/WizardLM',
                                'WizardCoder/data/mbppplus.json')).values())
    add('test', 'MBPP+', 1, -1, mbpp)
    add('test', 'MBPP+, the request alone', 1, -1,
        [t.split('Your code should')[0].strip() for t in mbpp])
    add('test', 'CodeSearchNet queries', 1, 0, [
        d['query'] for d in table('github/CodeSearchNet',
                                  'resources/queries.csv')])
    add('test', 'source, other repositories', 1, 0,
        [text for _, text in pieces(SOURCES_TEST)])


def main():
    for part in (train_code, train_math, train_neither, train_arena,
                 both_halves, test_chat, test_exams, test_math, test_code):
        part()
    tested = {row['text'] for row in rows if row['split'] == 'test'}
    for split in 'train', 'test':
        with open('%s/%s.jsonl' % (sys.argv[2], split), 'w') as out:
            for row in rows:
                if row['split'] == split and (split == 'test' or
                                              row['text'] not in tested):
                    json.dump({k: row[k] for k in
                               ('set', 'code', 'math', 'text')}, out)
                    out.write('\n')


main()
