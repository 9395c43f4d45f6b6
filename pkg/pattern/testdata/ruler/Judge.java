import com.fasterxml.jackson.core.JsonParseException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;
import software.amazon.event.ruler.RuleCompiler;

/**
 * Says of each line "pattern event", both in Base64, what Event Ruler makes of it, on one line: "match", "differs",
 * "refused WHY" where it takes no such pattern, or "unreadable WHY" where it takes no such event.
 *
 * A pattern says that one of its simple parts matches: one alternative of each "$or" and one element of each list. So
 * each of those is asked for in a machine of its own, where nothing else is in its way. "contradicted" behind the
 * answer says that one machine with the whole pattern answers otherwise.
 */
public class Judge {
    private static final int MOST_PARTS = 4096; // a pattern of more is asked for as a whole only

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] texts = line.split(" ", 2);
            out.println(judge(text(texts[0]), text(texts[1])));
        }
    }

    private static String judge(String pattern, String event) {
        Machine whole = new Machine();
        List<Map<String, List<Patterns>>> branches;
        try {
            whole.addRule("rule", pattern);
            branches = compile(pattern);
        } catch (Exception e) {
            return "refused " + oneLine(e);
        }
        try {
            boolean answer = !whole.rulesForJSONEvent(event).isEmpty();
            boolean parts = partsMatch(branches, event, answer);
            return (parts ? "match" : "differs") + (parts == answer ? "" : " contradicted");
        } catch (Exception e) {
            return "unreadable " + oneLine(e);
        }
    }

    /** What Machine.addRule compiles. */
    private static List<Map<String, List<Patterns>>> compile(String pattern) throws Exception {
        try {
            return JsonRuleCompiler.compile(pattern);
        } catch (JsonParseException e) {
            return List.of(RuleCompiler.compile(pattern));
        }
    }

    private static boolean partsMatch(List<Map<String, List<Patterns>>> branches, String event, boolean whole)
            throws Exception {
        for (Map<String, List<Patterns>> branch : branches) {
            List<Map<String, List<Patterns>>> parts = parts(branch);
            if (parts == null) {
                return whole;
            }
            for (Map<String, List<Patterns>> part : parts) {
                Machine machine = new Machine();
                machine.addPatternRule("part", part);
                if (!machine.rulesForJSONEvent(event).isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The choices of one element of each list, or null where they are too many. */
    private static List<Map<String, List<Patterns>>> parts(Map<String, List<Patterns>> branch) {
        List<Map<String, List<Patterns>>> parts = List.of(new HashMap<>());
        for (Map.Entry<String, List<Patterns>> field : branch.entrySet()) {
            List<Map<String, List<Patterns>>> more = new ArrayList<>();
            for (Map<String, List<Patterns>> part : parts) {
                for (Patterns element : field.getValue()) {
                    Map<String, List<Patterns>> next = new HashMap<>(part);
                    next.put(field.getKey(), List.of(element));
                    more.add(next);
                }
            }
            if (more.size() > MOST_PARTS) {
                return null;
            }
            parts = more;
        }
        return parts;
    }

    private static String text(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private static String oneLine(Exception e) {
        return (e.getClass().getSimpleName() + ": " + e.getMessage()).replaceAll("\\s+", " ");
    }
}
