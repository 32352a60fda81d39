// Dawson's integral, the exponential integral, Fresnel's integrals and Spence's function of one number, which
// TensorFlow takes from Cephes (S. Moshier, public domain: dawsn.c, ei.c, fresnl.c, spence.c) in the precision of T.
#pragma once

#include <cmath>
#include <limits>
#include <numbers>

namespace smcli::cephes {

// c[0] x^(N-1) + ... + c[N-1], the coefficients rounded to T.
template <typename T, int N>
T Evaluate(T x, const double (&c)[N]) {
  T y = T(c[0]);
  for (int i = 1; i < N; ++i) y = y * x + T(c[i]);
  return y;
}

inline constexpr double kDawsnUpper1[] = {
    1.13681498971755972054e-11, 8.49262267667473811108e-10, 1.94434204175553054283e-8,  9.53151741254484363489e-7,
    3.07828309874913200438e-6,  3.52513368520288738649e-4,  -8.50149846724410912031e-4, 4.22618223005546594270e-2,
    -9.17480371773452345351e-2, 9.99999999999999994612e-1};
inline constexpr double kDawsnLower1[] = {
    2.40372073066762605484e-11, 1.48864681368493396752e-9, 5.21265281010541664570e-8, 1.27258478273186970203e-6,
    2.32490249820789513991e-5,  3.25524741826057911661e-4, 3.48805814657162590916e-3, 2.79448531198828973716e-2,
    1.58874241960120565368e-1,  5.74918629489320327824e-1, 1.00000000000000000539e0};
inline constexpr double kDawsnUpper2[] = {
    5.08955156417900903354e-1, -2.44754418142697847934e-1, 9.41512335303534411857e-2, -2.18711255142039025206e-2,
    3.66207612329569181322e-3, -4.23209114460388756528e-4, 3.59641304793896631888e-5, -2.14640351719968974225e-6,
    9.10010780076391431042e-8, -2.40274520828250956942e-9, 3.59233385440928410398e-11};
inline constexpr double kDawsnLower2[] = {1.0,
                                          -6.31839869873368190192e-1,
                                          2.36706788228248691528e-1,
                                          -5.31806367003223277662e-2,
                                          8.48041718586295374409e-3,
                                          -9.47996768486665330168e-4,
                                          7.81025592944552338085e-5,
                                          -4.55875153252442634831e-6,
                                          1.89100358111421846170e-7,
                                          -4.91324691331920606875e-9,
                                          7.18466403235734541950e-11};
inline constexpr double kDawsnUpper3[] = {-5.90592860534773254987e-1, 6.29235242724368800674e-1,
                                          -1.72858975380388136411e-1, 1.64837047825189632310e-2,
                                          -4.86827613020462700845e-4};
inline constexpr double kDawsnLower3[] = {1.0,
                                          -2.69820057197544900361e0,
                                          1.73270799045947845857e0,
                                          -3.93708582281939493482e-1,
                                          3.44278924041233391079e-2,
                                          -9.73655226040941223894e-4};

// exp(-x^2) times the integral of exp(t^2) from 0 to x.
template <typename T>
T Dawsn(T x) {
  const T a = std::abs(x), inverse = 1 / a, q = inverse * inverse;
  T y;
  if (a < T(3.25)) {
    y = a * Evaluate(a * a, kDawsnUpper1) / Evaluate(a * a, kDawsnLower1);
  } else if (a < T(6.25)) {
    y = (q * Evaluate(q, kDawsnUpper2) / (a * Evaluate(q, kDawsnLower2)) + inverse) / 2;
  } else if (a < T(1e9)) {
    y = (q * Evaluate(q, kDawsnUpper3) / (a * Evaluate(q, kDawsnLower3)) + inverse) / 2;
  } else {
    y = inverse / 2;
  }
  return x < 0 ? -y : y;
}

inline constexpr double kExpintUpper1[] = {-5.350447357812542947283e0, 2.185049168816613393830e2,
                                           -4.176572384826693777058e3, 5.541176756393557601232e4,
                                           -3.313381331178144034309e5, 1.592627163384945414220e6};
inline constexpr double kExpintLower1[] = {1.0,
                                           -5.250547959112862969197e1,
                                           1.259616186786790571525e3,
                                           -1.756549581973534652631e4,
                                           1.493062117002725991967e5,
                                           -7.294949239640527645655e5,
                                           1.592627163384945429726e6};
inline constexpr double kExpintUpper2[] = {
    1.981808503259689673238e-2,  -1.271645625984917501326e0, -2.088160335681228318920e0,  2.755544509187936721172e0,
    -4.409507048701600257171e-1, 4.665623805935891391017e-2, -1.545042679673485262580e-3, 7.059980605299617478514e-5};
inline constexpr double kExpintLower2[] = {1.0,
                                           1.476498670914921440652e0,
                                           5.629177174822436244827e-1,
                                           1.699017897879307263248e-1,
                                           2.291647179034212017463e-2,
                                           4.450150439728752875043e-3,
                                           1.727439612206521482874e-4,
                                           3.953167195549672482304e-5};
inline constexpr double kExpintUpper3[] = {
    -1.373215375871208729803e0, -7.084559133740838761406e-1, 1.580806855547941010501e0,  -2.601500427425622944234e-1,
    2.994674694113713763365e-2, -1.038086040188744005513e-3, 4.371064420753005429514e-5, 2.141783679522602903795e-6};
inline constexpr double kExpintLower3[] = {1.0,
                                           8.585231423622028380768e-1,
                                           4.483285822873995129957e-1,
                                           7.687932158124475434091e-2,
                                           2.449868241021887685904e-2,
                                           8.832165941927796567926e-4,
                                           4.590952299511353531215e-4,
                                           -4.729848351866523044863e-6,
                                           2.665195537390710170105e-6};
inline constexpr double kExpintUpper4[] = {
    -2.106934601691916512584e0, 1.732733869664688041885e0,   -2.423619178935841904839e-1, 2.322724180937565842585e-2,
    2.372880440493179832059e-4, -8.343219561192552752335e-5, 1.363408795605250394881e-5,  -3.655412321999253963714e-7,
    1.464941733975961318456e-8, 6.176407863710360207074e-10};
inline constexpr double kExpintLower4[] = {1.0,
                                           -2.298062239901678075778e-1,
                                           1.105077041474037862347e-1,
                                           -1.566542966630792353556e-2,
                                           2.761106850817352773874e-3,
                                           -2.089148012284048449115e-4,
                                           1.708528938807675304186e-5,
                                           -4.459311796356686423199e-7,
                                           1.394634930353847498145e-8,
                                           6.150865933977338354138e-10};
inline constexpr double kExpintUpper5[] = {
    -2.458119367674020323359e-1, -1.483382253322077687183e-1, 7.248291795735551591813e-2, -1.348315687380940523823e-2,
    1.342775069788636972294e-3,  -7.942465637159712264564e-5, 2.644179518984235952241e-6, -4.239473659313765177195e-8};
inline constexpr double kExpintLower5[] = {1.0,
                                           -1.044225908443871106315e-1,
                                           -2.676453128101402655055e-1,
                                           9.695000254621984627876e-2,
                                           -1.601745692712991078208e-2,
                                           1.496414899205908021882e-3,
                                           -8.462452563778485013756e-5,
                                           2.728938403476726394024e-6,
                                           -4.239462431819542051337e-8};
inline constexpr double kExpintUpper6[] = {1.212561118105456670844e-1, -5.823133179043894485122e-1,
                                           2.348887314557016779211e-1, -3.040034318113248237280e-2,
                                           1.510082146865190661777e-3, -2.523137095499571377122e-5};
inline constexpr double kExpintLower6[] = {1.0,
                                           -1.002252150365854016662e0,
                                           2.928709694872224144953e-1,
                                           -3.337004338674007801307e-2,
                                           1.560544881127388842819e-3,
                                           -2.523137093603234562648e-5};
inline constexpr double kExpintUpper7[] = {
    -7.657847078286127362028e-1, 6.886192415566705051750e-1,  -2.132598113545206124553e-1,
    3.346107552384193813594e-2,  -3.076541477344756050249e-3, 1.747119316454907477380e-4,
    -6.103711682274170530369e-6, 1.218032765428652199087e-7,  -1.086076102793290233007e-9};
inline constexpr double kExpintLower7[] = {1.0,
                                           -1.888802868662308731041e0,
                                           1.066691687211408896850e0,
                                           -2.751915982306380647738e-1,
                                           3.930852688233823569726e-2,
                                           -3.414684558602365085394e-3,
                                           1.866844370703555398195e-4,
                                           -6.345146083130515357861e-6,
                                           1.239754287483206878024e-7,
                                           -1.086076102793126632978e-9};

template <typename T, int N, int M>
T ExpintTail(T x, const double (&upper)[N], const double (&lower)[M]) {
  const T w = 1 / x;
  return std::exp(x) * w * (w * Evaluate(w, upper) / Evaluate(w, lower) + 1);
}
// Ei(x) of a positive x: Euler's constant + ln x + the sum of x^n / (n n!).
template <typename T>
T Expint(T x) {
  if (x < 0) return std::numeric_limits<T>::quiet_NaN();
  if (x < 2) return x * (Evaluate(x, kExpintUpper1) / Evaluate(x, kExpintLower1)) + T(0.5772156649015329) + std::log(x);
  if (x < 4) return ExpintTail(x, kExpintUpper2, kExpintLower2);
  if (x < 8) return ExpintTail(x, kExpintUpper3, kExpintLower3);
  if (x < 16) return ExpintTail(x, kExpintUpper4, kExpintLower4);
  if (x < 32) return ExpintTail(x, kExpintUpper5, kExpintLower5);
  if (x < 64) return ExpintTail(x, kExpintUpper6, kExpintLower6);
  return ExpintTail(x, kExpintUpper7, kExpintLower7);
}

inline constexpr double kFresnelCosUpper[] = {-4.98843114573573548651e-8, 9.50428062829859605134e-6,
                                              -6.45191435683965050962e-4, 1.88843319396703850064e-2,
                                              -2.05525900955013891793e-1, 9.99999999999999998822e-1};
inline constexpr double kFresnelCosLower[] = {
    3.99982968972495980367e-12, 9.15439215774657478799e-10, 1.25001862479598821474e-7, 1.22262789024179030997e-5,
    8.68029542941784300606e-4,  4.12142090722199792936e-2,  1.00000000000000000118e0};
inline constexpr double kFresnelSinUpper[] = {-2.99181919401019853726e3,  7.08840045257738576863e5,
                                              -6.29741486205862506537e7,  2.54890880573376359104e9,
                                              -4.42979518059697779103e10, 3.18016297876567817986e11};
inline constexpr double kFresnelSinLower[] = {1.0,
                                              2.81376268889994315696e2,
                                              4.55847810806532581675e4,
                                              5.17343888770096400730e6,
                                              4.19320245898111231129e8,
                                              2.24411795645340920940e10,
                                              6.07366389490084639049e11};
inline constexpr double kFresnelUpperF[] = {
    4.21543555043677546506e-1,  1.43407919780758885261e-1, 1.15220955073585758835e-2,  3.45017939782574027900e-4,
    4.63613749287867322088e-6,  3.05568983790257605827e-8, 1.02304514164907233465e-10, 1.72010743268161828879e-13,
    1.34283276233062758925e-16, 3.76329711269987889006e-20};
inline constexpr double kFresnelLowerF[] = {1.0,
                                            7.51586398353378947175e-1,
                                            1.16888925859191382142e-1,
                                            6.44051526508858611005e-3,
                                            1.55934409164153020873e-4,
                                            1.84627567348930545870e-6,
                                            1.12699224763999035261e-8,
                                            3.60140029589371370404e-11,
                                            5.88754533621578410010e-14,
                                            4.52001434074129701496e-17,
                                            1.25443237090011264384e-20};
inline constexpr double kFresnelUpperG[] = {
    5.04442073643383265887e-1,  1.97102833525523411709e-1,  1.87648584092575249293e-2,  6.84079380915393090172e-4,
    1.15138826111884280931e-5,  9.82852443688422223854e-8,  4.45344415861750144738e-10, 1.08268041139020870318e-12,
    1.37555460633261799868e-15, 8.36354435630677421531e-19, 1.86958710162783235106e-22};
inline constexpr double kFresnelLowerG[] = {1.0,
                                            1.47495759925128324529e0,
                                            3.37748989120019970451e-1,
                                            2.53603741420338795122e-2,
                                            8.14679107184306179049e-4,
                                            1.27545075667729118702e-5,
                                            1.04314589657571990585e-7,
                                            4.60680728146520428211e-10,
                                            1.10273215066240270757e-12,
                                            1.38796531259578871258e-15,
                                            8.39158816283118707363e-19,
                                            1.86958710162783236342e-22};

// The integral of cos (sin where kSine) of pi t^2 / 2 from 0 to x.
template <bool kSine, typename T>
T Fresnel(T x) {
  const T a = std::abs(x), square = x * x, sign = x < 0 ? T(-1) : T(1);
  if (a > T(36974)) return sign / 2;
  if (square < T(2.5625)) {
    const T q = square * square;
    if (kSine) return sign * (a * square * Evaluate(q, kFresnelSinUpper) / Evaluate(q, kFresnelSinLower));
    return sign * (a * Evaluate(q, kFresnelCosUpper) / Evaluate(q, kFresnelCosLower));
  }
  if (!(a >= 0)) return x;  // NaN
  const T pi = std::numbers::pi_v<T>;
  const T t = 1 / (pi * square), u = t * t;
  const T f = 1 - u * (Evaluate(u, kFresnelUpperF) / Evaluate(u, kFresnelLowerF));
  const T g = t * Evaluate(u, kFresnelUpperG) / Evaluate(u, kFresnelLowerG);
  const T angle = pi / 2 * square;
  const T c = std::cos(angle), s = std::sin(angle);
  const T tail = kSine ? -(f * c + g * s) : f * s - g * c;
  return sign * (T(0.5) + tail / (pi * a));
}

inline constexpr double kSpenceUpper[] = {
    4.65128586073990045278e-5, 7.31589045238094711071e-3, 1.33847639578309018650e-1, 8.79691311754530315341e-1,
    2.71149851196553469920e0,  4.25697156008121755724e0,  3.29771340985225106936e0,  1.00000000000000000126e0};
inline constexpr double kSpenceLower[] = {
    6.90990488912553276999e-4, 2.54043763932544379113e-2, 2.82974860602568089943e-1, 1.41172597751831069617e0,
    3.63800533345137075418e0,  5.03278880143316990390e0,  3.54771340985225096217e0,  9.99999999999999998740e-1};

// The dilogarithm of 1 - x: minus the integral of ln t / (t - 1) from 1 to x.
template <typename T>
T Spence(T x) {
  const T pi = std::numbers::pi_v<T>, sixth = pi * pi / 6;
  if (x < 0) return std::numeric_limits<T>::quiet_NaN();
  if (x == 0) return sixth;
  if (x == 1) return 0;
  const T y = x < 2 ? x : 1 / x;
  const bool small = y < T(0.5);
  const T w = T(1.5) < y ? 1 / y - 1 : small ? -y : y - 1;
  T sum = -w * (Evaluate(w, kSpenceUpper) / Evaluate(w, kSpenceLower));
  const T z = std::log(y);
  if (small) sum = -z * std::log1p(-y) + sixth - sum;
  return T(1.5) < x ? T(-0.5) * z * z - sum : sum;
}

}  // namespace smcli::cephes
