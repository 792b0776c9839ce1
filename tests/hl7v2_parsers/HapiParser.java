import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.Group;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.Segment;
import ca.uhn.hl7v2.model.Structure;
import ca.uhn.hl7v2.model.Type;
import ca.uhn.hl7v2.parser.EncodingCharacters;
import ca.uhn.hl7v2.parser.Escaping;
import ca.uhn.hl7v2.parser.PipeParser;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * HAPI, for those who compare with it.
 *
 * "leaves": reads messages from standard input, each as its number of characters and these (big-endian), and answers each with a line of
 * JSON: {"segments":[["MSH",[[3,1,1,1,"raw","text"],…]],…]} as hl7v2_leaves writes it, in the order of HAPI's structure, or
 * {"refused":"why"}. What stands between escape characters is left alone in "raw", and read in "text".
 *
 * "bench FILE NAMES ROUNDS": parses the messages of a file (each begins with MSH behind CR) and takes out every value of the segments
 * named, and prints for each round the processor time of its thread in nanoseconds, and how many values there were.
 */
public final class HapiParser {
  private static final class AsSent implements Escaping {
    public String escape(String text, EncodingCharacters characters) { return text; }
    public String unescape(String text, EncodingCharacters characters) { return text; }
  }

  private static PipeParser makeParser(Escaping escaping) {
    DefaultHapiContext context = new DefaultHapiContext();
    context.setValidationContext(ValidationContextFactory.noValidation());
    context.getParserConfiguration().setAllowUnknownVersions(true);
    context.getParserConfiguration().setDefaultObx2Type("ST");
    context.getParserConfiguration().setInvalidObx2Type("ST");
    if (escaping != null) {
      context.getParserConfiguration().setEscaping(escaping);
    }
    return context.getPipeParser();
  }

  private interface LeafTaker {
    void take(int field, int repetition, int component, int subcomponent, String value);
  }

  private static void walk(Group group, List<Segment> segments) throws HL7Exception {
    for (String name : group.getNames()) {
      for (Structure structure : group.getAll(name)) {
        if (structure instanceof Group) {
          walk((Group) structure, segments);
        } else {
          segments.add((Segment) structure);
        }
      }
    }
  }

  private static void walk(Segment segment, LeafTaker taker) throws HL7Exception {
    for (int field = 1; field <= segment.numFields(); field++) {
      Type[] repetitions = segment.getField(field);
      for (int repetition = 0; repetition < repetitions.length; repetition++) {
        Type type = repetitions[repetition];
        int components = Terser.numComponents(type);
        for (int component = 1; component <= components; component++) {
          int subcomponents = Terser.numSubComponents(type, component);
          for (int subcomponent = 1; subcomponent <= subcomponents; subcomponent++) {
            String value = Terser.getPrimitive(type, component, subcomponent).getValue();
            if (value != null && !value.isEmpty()) {
              taker.take(field, repetition + 1, component, subcomponent, value);
            }
          }
        }
      }
    }
  }

  private static void appendJson(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c > 0x7e) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private static List<Segment> segmentsOf(PipeParser parser, String text) throws HL7Exception {
    List<Segment> segments = new ArrayList<>();
    Message message = parser.parse(text);
    walk(message, segments);
    return segments;
  }

  private static String leaves(PipeParser asSent, PipeParser usual, String text) {
    StringBuilder out = new StringBuilder("{\"segments\":[");
    try {
      List<Segment> raw = segmentsOf(asSent, text);
      List<Segment> read = segmentsOf(usual, text);
      boolean first = true;
      for (int i = 0; i < raw.size(); i++) {
        Map<List<Integer>, String> texts = new HashMap<>();
        walk(read.get(i), (f, r, c, s, value) -> texts.put(List.of(f, r, c, s), value));
        StringBuilder values = new StringBuilder();
        walk(raw.get(i), (f, r, c, s, value) -> {
          values.append(values.length() > 0 ? ",[" : "[").append(f).append(',').append(r).append(',').append(c).append(',').append(s).append(',');
          appendJson(values, value);
          String meant = texts.getOrDefault(List.of(f, r, c, s), "");
          if (!meant.equals(value)) {
            values.append(',');
            appendJson(values, meant);
          }
          values.append(']');
        });
        // What HAPI made up because its structure has a place for it has no values.
        if (values.length() > 0) {
          out.append(first ? "[" : ",[");
          first = false;
          appendJson(out, raw.get(i).getName());
          out.append(",[").append(values).append("]]");
        }
      }
    } catch (HL7Exception | RuntimeException failure) {
      StringBuilder refused = new StringBuilder("{\"refused\":");
      appendJson(refused, failure.getClass().getSimpleName() + ": " + failure.getMessage());
      return refused.append('}').toString();
    }
    return out.append("]}").toString();
  }

  private static void answerLeaves() throws Exception {
    PipeParser asSent = makeParser(new AsSent());
    PipeParser usual = makeParser(null);
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    PrintStream out = new PrintStream(new BufferedOutputStream(System.out, 1 << 20), false, "US-ASCII");
    while (true) {
      int size;
      try {
        size = in.readInt();
      } catch (EOFException end) {
        break;
      }
      char[] characters = new char[size];
      for (int i = 0; i < size; i++) {
        characters[i] = in.readChar();
      }
      out.println(leaves(asSent, usual, new String(characters)));
    }
    out.flush();
  }

  private static void bench(String file, String names, int rounds) throws Exception {
    String text = new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8);
    List<String> messages = new ArrayList<>();
    for (int begin = 0; begin < text.length();) {
      int next = text.indexOf("\rMSH", begin);
      int end = next < 0 ? text.length() : next + 1;
      messages.add(text.substring(begin, end));
      begin = end;
    }
    Set<String> wanted = Set.copyOf(Arrays.asList(names.split(",")));
    PipeParser parser = makeParser(null);
    for (int round = 0; round < rounds; round++) {
      long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      long[] values = {0};
      List<List<String>> rows = new ArrayList<>();
      for (String message : messages) {
        for (Segment segment : segmentsOf(parser, message)) {
          if (wanted.contains(segment.getName())) {
            List<String> row = new ArrayList<>();
            walk(segment, (f, r, c, s, value) -> row.add(value));
            values[0] += row.size();
            rows.add(row);
          }
        }
      }
      System.out.println(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start + " " + values[0] + " " + rows.size());
    }
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 1 && arguments[0].equals("leaves")) {
      answerLeaves();
    } else if (arguments.length == 4 && arguments[0].equals("bench")) {
      bench(arguments[1], arguments[2], Integer.parseInt(arguments[3]));
    } else {
      System.err.println("HapiParser leaves | bench FILE NAMES ROUNDS");
      System.exit(2);
    }
  }
}
