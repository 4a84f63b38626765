//! Source -> parts. `minijinja` parses, and of what it parses only the closed language goes on:
//! whatever is not named here is refused, also what a later release of it may bring.

use std::cmp::Ordering;
use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt, UnaryOpKind};
use minijinja::machinery::{self, Span, Token};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;

use super::value::{Expression, Filter, Name};
use super::{Part, SOURCE_BYTES_MAX, TemplateError};

/// Most words and signs within one `{{ }}` or `{% %}`, and most `{% %}` within a template. The
/// parser calls itself for many of them, so a hostile source could exhaust the stack without it.
const TOKENS_MAX: usize = 250;

const STATEMENTS: [&str; 4] = ["if", "elif", "else", "endif"];

const FILTERS: &str = "default, upper, lower, title, capitalize, trim, first_word, truncate, \
                       length and int";

pub(super) fn template(source: &str) -> Result<(Vec<Part>, Vec<Name>), TemplateError> {
    check_tokens(source, false)?;
    let tree = machinery::parse(source, "template", SyntaxConfig::default())
        .map_err(|error| syntax_error(source, &error))?;
    let Stmt::Template(root) = tree else {
        return Err(error("this is not a template", None));
    };
    let mut reader = Reader { source, names: Vec::new() };
    let parts = reader.parts(&root.children)?;
    Ok((parts, reader.names))
}

pub(super) fn condition(source: &str) -> Result<(Expression, Vec<Name>), TemplateError> {
    check_tokens(source, true)?;
    let tree = machinery::parse_expr(source).map_err(|error| syntax_error(source, &error))?;
    let mut reader = Reader { source, names: Vec::new() };
    let expression = reader.expression(&tree)?;
    Ok((expression, reader.names))
}

/// Refuses, before the parser sees it, what could exhaust the parser or never end.
fn check_tokens(source: &str, in_expression: bool) -> Result<(), TemplateError> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(error(format!("it is longer than {SOURCE_BYTES_MAX} bytes"), None));
    }
    let mut tokens = 0;
    let mut blocks = 0;
    let mut block_begins = false;
    // What can't be cut into tokens is left to the parser, which says why.
    for (token, span) in
        machinery::tokenize(source, in_expression, SyntaxConfig::default()).map_while(Result::ok)
    {
        let refuse = |message: &str| Err(error(message, Some(range(source, span))));
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => tokens = 0,
            Token::Ident(keyword) if block_begins && !STATEMENTS.contains(&keyword) => {
                return refuse(&format!(
                    "`{{% {keyword} %}}` is not available; only `{{% if %}}` is"
                ));
            }
            _ => tokens += 1,
        }
        block_begins = matches!(token, Token::BlockStart);
        blocks += usize::from(block_begins);
        if tokens > TOKENS_MAX {
            return refuse("this expression is too long");
        }
        if blocks > TOKENS_MAX {
            return refuse("there are too many `{% %}`");
        }
    }
    Ok(())
}

/// Turns a parsed tree into ours and notes the names on the way.
struct Reader<'s> {
    source: &'s str,
    names: Vec<Name>,
}

impl Reader<'_> {
    fn parts(&mut self, statements: &[Stmt<'_>]) -> Result<Vec<Part>, TemplateError> {
        statements.iter().map(|statement| self.part(statement)).collect()
    }

    fn part(&mut self, statement: &Stmt<'_>) -> Result<Part, TemplateError> {
        match statement {
            Stmt::EmitRaw(text) => Ok(Part::Text(text.raw.to_owned())),
            Stmt::EmitExpr(print) => Ok(Part::Print(self.expression(&print.expr)?)),
            Stmt::IfCond(branch) => Ok(Part::Choose {
                condition: self.expression(&branch.expr)?,
                then: self.parts(&branch.true_body)?,
                otherwise: self.parts(&branch.false_body)?,
            }),
            _ => Err(error("only `{% if %}` is available here", None)),
        }
    }

    fn expression(&mut self, expr: &Expr<'_>) -> Result<Expression, TemplateError> {
        let place = expr.span();
        match expr {
            Expr::Var(name) => Ok(self.name(name.id, range(self.source, place))),
            Expr::Const(constant) => self.constant(&constant.value, place),
            Expr::UnaryOp(operation) => match (&operation.op, self.expression(&operation.expr)?) {
                (UnaryOpKind::Not, inner) => Ok(Expression::Not(Box::new(inner))),
                (UnaryOpKind::Neg, Expression::Number(number)) => Ok(Expression::Number(-number)),
                (UnaryOpKind::Neg, _) => Err(self.no_arithmetic(place)),
            },
            Expr::BinOp(operation) => {
                self.operation(operation.op, &operation.left, &operation.right, place)
            }
            Expr::IfExpr(choice) => Ok(Expression::Choose {
                condition: Box::new(self.expression(&choice.test_expr)?),
                then: Box::new(self.expression(&choice.true_expr)?),
                otherwise: Box::new(match &choice.false_expr {
                    Some(otherwise) => self.expression(otherwise)?,
                    None => Expression::Text(String::new()),
                }),
            }),
            Expr::Filter(filter) => {
                let Some(inner) = &filter.expr else {
                    return Err(self.refuse("this filter has nothing to filter", place));
                };
                let before = self.names.len();
                let inner = self.expression(inner)?;
                if filter.name == "default" {
                    self.names[before..].iter_mut().for_each(|name| name.has_default = true);
                }
                let filter = self.filter(filter.name, &filter.args, place)?;
                Ok(Expression::Filtered(Box::new(inner), filter))
            }
            Expr::Test(test) => {
                let inner = self.expression(&test.expr)?;
                self.test(test.name, inner, &test.args, place)
            }
            Expr::GetItem(item) => self.numbered_name(&item.expr, place),
            Expr::GetAttr(attribute) => {
                let advice = format!("write `{}` alone; fields have no parts", attribute.name);
                Err(self.refuse(advice, place))
            }
            Expr::Compare(_) => {
                Err(self.refuse("compare two things at a time and join them with `and`", place))
            }
            Expr::Call(_) => Err(self.refuse("there are no functions to call", place)),
            Expr::Slice(_) => Err(self.refuse("use `truncate` to shorten a text", place)),
            Expr::List(_) | Expr::Tuple(_) => {
                Err(self.refuse("a list can only stand after `in`", place))
            }
            Expr::Map(_) => Err(self.refuse("there are no maps", place)),
        }
    }

    fn name(&mut self, text: &str, range: Range<usize>) -> Expression {
        let name = Name { text: text.to_owned(), range, has_default: false };
        self.names.push(name.clone());
        Expression::Name(name)
    }

    /// `phone.2`: an import calls the second of two columns with one name so.
    fn numbered_name(&mut self, of: &Expr<'_>, place: Span) -> Result<Expression, TemplateError> {
        let range = range(self.source, place);
        let text = &self.source[range.clone()];
        match (of, text.split_once('.')) {
            (Expr::Var(first), Some((before, after)))
                if before == first.id && after.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Ok(self.name(text, range))
            }
            _ => Err(self.refuse("fields have no parts", place)),
        }
    }

    fn constant(&self, value: &minijinja::Value, place: Span) -> Result<Expression, TemplateError> {
        match value.kind() {
            ValueKind::String => Ok(Expression::Text(value.to_string())),
            ValueKind::Bool => Ok(Expression::Truth(value.is_true())),
            ValueKind::Number => f64::try_from(value.clone())
                .map(Expression::Number)
                .map_err(|_| self.refuse("this number is too large", place)),
            _ => Err(self.refuse("write `is undefined` to ask for a missing field", place)),
        }
    }

    fn operation(
        &mut self,
        operator: BinOpKind,
        left: &Expr<'_>,
        right: &Expr<'_>,
        place: Span,
    ) -> Result<Expression, TemplateError> {
        const BEFORE: &[Ordering] = &[Ordering::Less];
        const UP_TO: &[Ordering] = &[Ordering::Less, Ordering::Equal];
        const AFTER: &[Ordering] = &[Ordering::Greater];
        const FROM: &[Ordering] = &[Ordering::Greater, Ordering::Equal];

        let left = Box::new(self.expression(left)?);
        if let (BinOpKind::In, Some(items)) = (operator, items_of(right)) {
            let items = items.iter().map(|item| self.expression(item));
            return Ok(Expression::OneOf(left, items.collect::<Result<_, _>>()?));
        }
        let right = Box::new(self.expression(right)?);
        Ok(match operator {
            BinOpKind::Eq => Expression::Equal(left, right),
            BinOpKind::Ne => Expression::Not(Box::new(Expression::Equal(left, right))),
            BinOpKind::Lt => Expression::Ordered(BEFORE, left, right),
            BinOpKind::Lte => Expression::Ordered(UP_TO, left, right),
            BinOpKind::Gt => Expression::Ordered(AFTER, left, right),
            BinOpKind::Gte => Expression::Ordered(FROM, left, right),
            BinOpKind::ScAnd => Expression::And(left, right),
            BinOpKind::ScOr => Expression::Or(left, right),
            BinOpKind::Concat => Expression::Join(left, right),
            BinOpKind::In => Expression::Within(left, right),
            BinOpKind::Add
            | BinOpKind::Sub
            | BinOpKind::Mul
            | BinOpKind::Div
            | BinOpKind::FloorDiv
            | BinOpKind::Rem
            | BinOpKind::Pow => return Err(self.no_arithmetic(place)),
        })
    }

    fn filter(
        &mut self,
        name: &str,
        arguments: &[CallArg<'_>],
        place: Span,
    ) -> Result<Filter, TemplateError> {
        let mut arguments = self.arguments(arguments, place)?.into_iter();
        let filter = match name {
            "default" => Filter::Default {
                other: Box::new(
                    arguments.next().ok_or_else(|| self.refuse("write `default('...')`", place))?,
                ),
                empty_too: match arguments.next() {
                    None => false,
                    Some(Expression::Truth(empty_too)) => empty_too,
                    Some(_) => {
                        return Err(self.refuse("write `default('...', true)`", place));
                    }
                },
            },
            "upper" => Filter::Upper,
            "lower" => Filter::Lower,
            "title" => Filter::Title,
            "capitalize" => Filter::Capitalize,
            "trim" => Filter::Trim,
            "first_word" => Filter::FirstWord,
            "truncate" => match arguments.next() {
                Some(Expression::Number(limit)) if limit >= 1.0 => Filter::Truncate(limit as usize),
                _ => return Err(self.refuse("write how many characters: `truncate(20)`", place)),
            },
            "length" => Filter::Length,
            "int" => Filter::Int,
            _ => {
                let start = range(self.source, place).start;
                return Err(error(
                    format!("there is no filter `{name}`; there are {FILTERS}"),
                    Some(start..start + name.len()),
                ));
            }
        };
        match arguments.next() {
            None => Ok(filter),
            Some(_) => Err(self.refuse(format!("`{name}` takes less in its `( )`"), place)),
        }
    }

    fn test(
        &mut self,
        name: &str,
        inner: Expression,
        arguments: &[CallArg<'_>],
        place: Span,
    ) -> Result<Expression, TemplateError> {
        let arguments = self.arguments(arguments, place)?;
        let inner = Box::new(inner);
        match (name, <[Expression; 1]>::try_from(arguments)) {
            ("defined", Err(none)) if none.is_empty() => Ok(Expression::Defined(inner)),
            ("undefined", Err(none)) if none.is_empty() => {
                Ok(Expression::Not(Box::new(Expression::Defined(inner))))
            }
            ("startingwith", Ok([start])) => Ok(Expression::StartsWith(inner, Box::new(start))),
            ("endingwith", Ok([end])) => Ok(Expression::EndsWith(inner, Box::new(end))),
            _ => Err(self.refuse(
                "only `is defined`, `is undefined`, `is startingwith('...')` and \
                 `is endingwith('...')` are available",
                place,
            )),
        }
    }

    fn arguments(
        &mut self,
        arguments: &[CallArg<'_>],
        place: Span,
    ) -> Result<Vec<Expression>, TemplateError> {
        arguments
            .iter()
            .map(|argument| match argument {
                CallArg::Pos(value) => self.expression(value),
                _ => Err(self.refuse("write the value alone in the `( )`, without a name", place)),
            })
            .collect()
    }

    fn no_arithmetic(&self, place: Span) -> TemplateError {
        self.refuse("there is no arithmetic; use `~` to join texts", place)
    }

    fn refuse(&self, message: impl Into<String>, place: Span) -> TemplateError {
        error(message, Some(range(self.source, place)))
    }
}

fn items_of<'t, 's>(expr: &'t Expr<'s>) -> Option<&'t [Expr<'s>]> {
    match expr {
        Expr::List(list) => Some(&list.items),
        Expr::Tuple(tuple) => Some(&tuple.items),
        _ => None,
    }
}

fn syntax_error(source: &str, raised: &minijinja::Error) -> TemplateError {
    let message = raised.detail().map_or_else(|| raised.kind().to_string(), str::to_owned);
    error(message, raised.range().map(|range| within(source, range)))
}

fn error(message: impl Into<String>, range: Option<Range<usize>>) -> TemplateError {
    TemplateError { message: message.into(), range }
}

fn range(source: &str, span: Span) -> Range<usize> {
    within(source, span.start_offset as usize..span.end_offset as usize)
}

/// The range as callers may slice the source by it: the parser points past the end of a source
/// that breaks off, and into the middle of a letter that it does not expect.
fn within(source: &str, range: Range<usize>) -> Range<usize> {
    let start = source.floor_char_boundary(range.start.min(source.len()));
    let end = source.ceil_char_boundary(range.end.clamp(start, source.len()));
    start..end
}
