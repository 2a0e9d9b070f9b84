"""How text gives orders to the system that answers, as patterns: by what is ordered, in the languages that are common.

Runbooks give orders too, to people: "Ignore the first warm-up run". What tells them apart is what they are about: answers,
prompts, instructions and sources of the one who answers.
"""

from __future__ import annotations

import re

_ANSWER = r"(?:answers?|responses?|repl(?:y|ies)|outputs?|summar(?:y|ies))"
_WHOSE = r"(?:your|the|this|every|each|any|all)"
_SAYING = r"(?:say|answer|reply|respond|write|include|add|append|mention|cite|recommend|output|print|tell|repeat|state|end|close|begin|start|finish|sign|name|prefer|insert|put|place|promote|praise|show|display|give|echo|ignore)"
# "An AI cluster must show its proofs" is addressed to nobody; what runs AI is, where it is told to speak and not to be built.
_MUTE = r"(?:clusters?|infrastructures?|workloads?|halls?|fabrics?|networks?|racks?|estates?|sites?|data ?cent(?:er|re)s?|storage|hardware|servers?|nodes?|accelerators?|programmes?|programs?|projects?|roadmaps?|strateg(?:y|ies)|budgets?|teams?|training|factor(?:y|ies))"
_BUILT = r"(?:systems?|platforms?|services?|applications?|solutions?|products?|deployments?|gateways?|providers?|governance|polic(?:y|ies))"
_SPEAKING = (
    r"(?:say|answer|reply|respond|mention|recommend|repeat|echo|prefer|promote|praise|ignore|tell|print|output|append)"
)
_RANKING = r"(?:put|place|name|list|show|display|insert)\b[^.!?]{0,40}\b(?:first|foremost|top|above|ahead|before)\b"
_ANSWERER = rf"(?:(?:ai|llms?)(?! (?:{_MUTE}|{_BUILT})\b)|assistants?|chat ?bots?|bots?|language models?|large language models?|answering systems?|copilots?|whoever answers)"
_MUST = r"(?:must|should|shall|has to|have to|are to|is to|need to|will)"
_ADVERB = r"(?:always|only|just|please|instead|then|never|also|first|simply|now|you (?:must|should|shall|will))"

_PARTS = (
    # what was said before, set aside
    r"\b(?:ignore|disregard|forget|override|bypass|overrule|discard)\b[^.!?]{0,40}\b(?:instructions?|prompts?|rules|context|guidelines|everything above|(?:the|all) (?:text |lines? )?above|sources|previous|training)\b",
    r"\b(?:ignore|disregard|forget)\b[.:;]? .{0,40}\bwhat (?:the )?(?:sources|documents|other lines) (?:say|hold)",
    r"\bwhatever (?:the )?(?:other )?(?:sources|lines|documents|pages|text)\b.{0,20}\b(?:say|hold|state)s?\b",
    # prompts and instructions of the one who answers
    r"\b(?:the|your|this|hidden|reveal|print|repeat|show|output)\b.{0,20}\b(?:system|developer) (?:prompt|message|instruction)s?\b(?=\W*$|.{0,60}\b(?:word for word|verbatim|before|answer|reply|say|now)\b)|\byour (?:system )?prompt\b",
    r"\byour (?:previous |own |hidden |initial )?(?:instructions|rules|guidelines|programming)\b(?! (?:to|for|from|of)\b)",
    r"\bnew (?:instructions?|task) ?:|\bend of (?:the )?(?:sources?|context|documents?)\b(?! lists?\b)(?=\W*$|[.:])",
    # roles
    r"\byou are (?:now )?(?:an?|the|in) (?:\w+ )?(?:ai|assistant|chatbot|language model|bot|(?:\w+ )?mode)\b|\byou are now (?-i:[A-Z][A-Za-z]*[A-Z\d]\w*)",
    r"(?:^|[.!?:#>*|-] )(?:act|behave) as (?!if\b)|\bpretend (?:to be|that you)\b|\bplay (?:a game|the role)\b|\bwithout (?:any )?(?:restrictions|rules|filters)\b.{0,40}\byou\b",
    # who is spoken to
    rf"(?:^|[.!?:#>*|-] |\b(?:notes?|instructions?|messages?|memo)(?: \w+){{0,5}} )(?:to|for|dear|attention|hey|hello),? (?:the |any |all |every )?(?:{_ANSWERER}|(?:ai|llm) {_BUILT})\b(?: \w+){{0,3}} ?[:,]",
    rf"\b{_ANSWERER}\b(?! manager)[^.!?]{{0,30}}\b{_MUST}\b (?:\w+ )?{_SAYING}\b(?! which\b)",
    rf"\b(?:ai|llm) {_BUILT}\b[^.!?]{{0,30}}\b{_MUST}\b (?:\w+ )?(?:{_SPEAKING}\b(?! which\b)|{_RANKING}|{_SAYING}\b[^.!?]{{0,60}}(?:[:\"“”']|\b(?:{_ANSWER}|sentences?|links?|urls?|https?|words?|phrases?)\b))",
    # the answer itself
    rf"\b(?:in|to|at the (?:end|top|start) of|into|with|before|after|from) {_WHOSE} (?:final |whole |own )?{_ANSWER}\b[^.!?]{{0,40}}\b{_SAYING}",
    rf"\b{_SAYING}\b[^.!?]{{0,90}}\b(?:in|to|at the (?:end|top|start) of|into|with|before|after|from) {_WHOSE} (?:final |whole |own )?{_ANSWER}\b",
    rf"(?:^|[.!?:;#>*|-] ){_ADVERB}? ?(?:begin|start|open|end|close|finish|sign) {_WHOSE} (?:final )?(?:{_ANSWER}|lines?|messages?)\b (?:with|by|as)",
    rf"\b(?:your|the|every|each) {_ANSWER}\b[^.!?]{{0,40}}\b(?:must|should|shall|has to|needs to)\b (?:\w+ )?(?:be|say|start|begin|end|contain|include|state|mention|name)\b",
    rf"\bwhen (?:you are )?(?:answering|asked|summari[sz]ing|responding|replying)\b[^.!?]{{0,60}}, (?:{_ADVERB} )*{_SAYING}\b(?! sustained\b)",
    rf"(?:^|[.!?:;#>*|-] |, )(?:{_ADVERB} |let us )*(?:answer|reply|respond)(?: (?:on|to) (?:each|every|any|all) \w+)?,? (?:only |always )?(?:with|that|as follows|in the words|exactly|nothing)\b",
    r"(?:^|[.!?:;#>*|-] |, )(?:please |now |then |only |just |instead )*(?:say|output|print|write|echo|recite|repeat|return|name|emit)\b (?:only |exactly |out |back )*(?:the (?:word|words|text|phrase|sentence|string|following|line)\b|[\"“'‘]|(?-i:[A-Z]{3,}\w*\d*\b(?! (?:values?|files?|logs?|tables?|keys?))))",
    r"\b(?:word for word|verbatim|forever|without end|endlessly|(?:a |one )?(?:hundred|thousand|million) times|in an endless loop)\b",
    r"\btell (?:the|every|each|your) (?:reader|human)s?\b|\btell (?:the|every|each|your) (?:user|customer)s? (?:to (?:run|visit|open|click|send|log)|that\b)|\bask (?:the|every|each|your) (?:user|reader|customer|human)s? for\b",
    r"\bdo not (?:mention|tell|reveal|cite|disclose|show|name)\b (?:of )?(?:this|that|it|these|the (?:sources?|notes?|instructions?|prompt|rules?|lines?|pages?))\b(?! (?:to|in) (?:contractors|vendors))",
    r"\b(?:cite|attribute|reference) (?:this|it|everything) (?:\w+ ){0,4}?(?:as|to)\b(?! other\b)(?<!applies to)|\bcite (?:it )?(?:as )?\[\d",
    # things to be carried out or looked at
    r"\b(?:click|visit|navigate to|go to|open|log ?in (?:at|to)|sign in (?:at|to)|post (?:it )?to|send [^.!?]{0,60} to|confirm [^.!?]{0,40} at|put [^.!?]{0,60} into|curl) <?https?://",
    r"\b(?:include|add|append|insert|put|show|end with|place)\b (?:[\w'’-]+,? ){0,5}(?:!\[|(?:link|address|image|picture|url),? (?:https?:|www\.|!\[|\[))",
    r"\b(?:restricted|confidential|secret|password|credential)s?\b[^.!?]{0,60}(?:https?://|www\.|\S+@\S+)|\bwrite to the reader\b|\b(?:reply|answer) with (?:the|an) (?:address|link)\b",
    r"<(?:script|iframe|object|embed|form|meta|base)\b|<\w+[^>]{0,80}\bon\w+ ?=|<(?:img|a|link)\b[^>]{0,80}(?:src|href) ?= ?[\"']?https?:",
    # turns of a chat, coded text
    r"^#{2,} ?(?:instruction|system|user|assistant)\b ?:?|^(?:system|assistant|human|user) ?: |(?:^|[`#>*-] ?)(?:assistant|system) ?: ",
    r"\bdecod(?:e|ing) (?:the|this|it)\b.{0,30}\bbase64\b|\bbase64\b.{0,40}\b(?:follow|obey|execute|decode)\b|(?<![\w/.=?&%+-])(?=[A-Z+/]*[a-z0-9])[A-Za-z0-9+/]{60,}={0,2}(?![\w/.-])",
    # German, Dutch, French, Spanish, Italian, Portuguese
    r"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|negeer|vergeet)\b.{0,60}\b(?:anweisung\w*|quellen|regeln|vorgaben|instructies|bronnen|regels)\b",
    r"\b(?:antworte|antworten sie|antwoord)\b.{0,40}\b(?:nur|immer|stets|ausschließlich|mit|alleen|altijd|met)\b|\b(?:in|an|zu) (?:die|deine[rn]?|ihre[rn]?|jede[rn]?|der) antwort\b|\bin (?:je|uw) antwoord\b|\b(?:sprachmodell|taalmodel)\w* ?:",
    r"\b(?:ignor(?:e|ez|er|a|en|ar|are|i)|oublie[zr]?|olvida|olvide|dimentica|esque[çc]a)\b.{0,60}\b(?:instructions?|consignes|r[èe]gles|instrucciones|reglas|fuentes|istruzioni|regole|fonti|instru[çc][õo]es|regras|fontes)\b",
    r"\b(?:r[ée]ponde?z?|r[ée]ponds|responde|responda|contesta|rispondi|rispondere)\b.{0,40}\b(?:uniquement|seulement|toujours|par|solo|únicamente|siempre|con|sólo|soltanto|sempre|apenas|somente|com)\b",
    r"(?:\b(?:dans|à|de)\b (?:votre|ta|chaque|la) r[ée]ponse\b|\b(?:en|de|a) (?:tu|su|cada|la) respuesta\b|\b(?:nella|alla) (?:tua|sua) risposta\b|\b(?:na|da) (?:sua|tua) resposta\b|\bmod[èe]le de langage\b ?:|\bpara (?:el|o) (?:asistente|assistente|modelo)\b)",
    # Russian, Chinese, Japanese, Korean, Arabic
    r"(?:игнорируй\w*|забудь\w*|не обращай\w*).{0,60}(?:инструкци|указани|правил|источник)|\b(?:отвечай|ответь|отвечайте|ответьте|пиши|напиши)\w*\b.{0,20}(?:только|лишь|всегда)|\bв (?:свой|ваш|каждый|твой|своём|вашем|каждом) ответ|языковой модели",
    r"(?:忽略|无视|忘记|無視).{0,16}(?:指令|指示|提示|规则|規則|来源|內容|内容)|(?:只|仅|僅)(?:需|能|要)?(?:回答|输出|輸出|回复|回覆|说|說)|(?:在|于)?(?:你的|您的)?(?:回答|回复|答案)(?:中|里|裡|末尾)|(?:系统|系統)提示|不要提(?:及|到)",
    r"(?:指示|命令|ルール).{0,10}無視|だけ(?:を)?(?:答え|回答|出力)|回答(?:に|の最後)|(?:지시|명령|규칙).{0,10}무시|(?:만|라고만) ?(?:대답|답변|출력)|답변에|(?:تجاهل|انس).{0,40}(?:التعليمات|الأوامر|المصادر)|أجب فقط|في إجابتك",
)  # fmt: skip
COMMAND = re.compile("|".join(_PARTS), re.IGNORECASE)
