"""Reads source lists out of V8's BUILD.gn: as much of the GN language as these lists need.

A file is parsed into statements (tuples, see Parser) and these are run with the build arguments as
variables. What GN would ask its toolchain for is false here, an unknown name too: V8's lists only add
to themselves under conditions, so nothing is taken that was not asked for.
"""
import re

_TOKEN = re.compile(
    r'\s+|#[^\n]*|"(?:\\.|[^"\\])*"|&&|\|\||==|!=|<=|>=|\+=|-=|[A-Za-z_][A-Za-z_0-9]*|\d+|.', re.S)
# Weakest first.
_OPERATORS = (('||',), ('&&',), ('==', '!=', '<', '>', '<=', '>='), ('+', '-'))


class Parser:
    """Statements: ('if', condition, then, else), ('set', target, operator, expression),
    ('call', name, arguments, block or None)."""

    def __init__(self, text):
        words = (match.group(0) for match in _TOKEN.finditer(text))
        self._tokens = [word for word in words if not word.isspace() and word[0] != '#']
        self._at = 0

    def _peek(self):
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self):
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, token):
        found = self._next()
        if found != token:
            near = ' '.join(self._tokens[max(0, self._at - 10):self._at + 5])
            raise SyntaxError(f"BUILD.gn: expected '{token}', found '{found}' near: {near}")

    def block(self):
        statements = []
        while self._peek() not in (None, '}'):
            statements.append(self._statement())
        return statements

    def _braces(self):
        self._expect('{')
        statements = self.block()
        self._expect('}')
        return statements

    def _list_until(self, end):
        items = []
        while self._peek() != end:
            items.append(self._expression())
            if self._peek() == ',':
                self._next()
        self._next()
        return items

    def _statement(self):
        name = self._next()
        if name == 'if':
            return self._if()
        if self._peek() == '(':
            self._next()
            arguments = self._list_until(')')
            return ('call', name, arguments, self._braces() if self._peek() == '{' else None)
        target = self._parts_of(('id', name))
        operator = self._next()
        if operator not in ('=', '+=', '-='):
            raise SyntaxError(f"BUILD.gn: '{name}' is followed by '{operator}'")
        return ('set', target, operator, self._expression())

    def _if(self):
        self._expect('(')
        condition = self._expression()
        self._expect(')')
        then = self._braces()
        if self._peek() != 'else':
            return ('if', condition, then, [])
        self._next()
        return ('if', condition, then, [self._statement()] if self._peek() == 'if' else self._braces())

    def _expression(self, level=0):
        if level == len(_OPERATORS):
            return self._unary()
        left = self._expression(level + 1)
        while self._peek() in _OPERATORS[level]:
            operator = self._next()
            left = (operator, left, self._expression(level + 1))
        return left

    def _unary(self):
        if self._peek() == '!':
            self._next()
            return ('!', self._unary())
        return self._parts_of(self._primary())

    def _parts_of(self, whole):
        while self._peek() in ('.', '['):
            if self._next() == '.':
                whole = ('part', whole, self._next())
            else:
                whole = ('part', whole, self._expression())
                self._expect(']')
        return whole

    def _primary(self):
        token = self._next()
        if token == '(':
            inner = self._expression()
            self._expect(')')
            return inner
        if token == '[':
            return ('list', self._list_until(']'))
        if token == '{':
            self._at -= 1
            return ('scope', self._braces())
        if token[0] == '"':
            return ('value', token[1:-1])
        if token.isdigit():
            return ('value', int(token))
        if token in ('true', 'false'):
            return ('value', token == 'true')
        if self._peek() == '(':
            self._next()
            return ('function', token, self._list_until(')'))
        return ('id', token)


def _evaluate(expression, names):
    kind = expression[0]
    if kind == 'value':
        return expression[1]
    if kind == 'list':
        return [_evaluate(item, names) for item in expression[1]]
    if kind == 'id':
        return names.get(expression[1], False)
    if kind == '!':
        return not _evaluate(expression[1], names)
    if kind == 'function':
        return expression[1] == 'defined'
    if kind not in ('&&', '||', '==', '!=', '+', '-'):
        return False
    left = _evaluate(expression[1], names)
    right = _evaluate(expression[2], names)
    if kind == '&&':
        return bool(left) and bool(right)
    if kind == '||':
        return bool(left) or bool(right)
    if kind in ('==', '!='):
        return (left == right) == (kind == '==')
    if kind == '-':
        return [item for item in left or [] if item not in (right or [])]
    if isinstance(left, list) or isinstance(right, list):
        return (left or []) + (right or [])
    return str(left) + str(right)


def run(statements, names):
    """Runs assignments and conditions; `names` gets what they set. Calls are not followed."""
    for statement in statements:
        if statement[0] == 'if':
            run(statement[2] if _evaluate(statement[1], names) else statement[3], names)
        elif statement[0] == 'set' and statement[1][0] == 'id':
            name, operator = statement[1][1], statement[2]
            value = _evaluate(statement[3], names)
            old = names.get(name) or []
            if operator == '=':
                names[name] = value
            elif operator == '-=':
                names[name] = [item for item in old if item not in value]
            elif isinstance(value, list) and isinstance(old, list):
                names[name] = old + value


def target(statements, name):
    """The block of the first target of this name, also one inside a condition; None: there is none."""
    for statement in statements:
        found = None
        if statement[0] == 'call' and statement[3] is not None:
            if statement[2] and statement[2][0] == ('value', name):
                found = statement[3]
        elif statement[0] == 'if':
            found = target(statement[2], name)
            if found is None:
                found = target(statement[3], name)
        if found is not None:
            return found
    return None


class BuildFile:
    """A BUILD.gn, read with these build arguments."""

    def __init__(self, path, arguments):
        with open(path, encoding='utf-8') as file:
            self._statements = Parser(file.read()).block()
        self._arguments = arguments

    def sources(self, name):
        block = target(self._statements, name)
        if block is None:
            raise LookupError(f'BUILD.gn has no target {name}: is this V8 13.6?')
        names = dict(self._arguments)
        run(block, names)
        return [source for source in names['sources'] if source.endswith(('.cc', '.S'))]

    def top_level(self, *wanted):
        """The lists of these names that the file sets outside of its targets."""
        names = dict(self._arguments)
        run([s for s in self._statements
             if s[0] == 'if' or (s[0] == 'set' and s[1] in [('id', name) for name in wanted])], names)
        return [names[name] for name in wanted]
